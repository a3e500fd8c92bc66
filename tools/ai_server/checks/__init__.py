"""Rules about values, objects and nodes: one a file, run by `ai-server check` and by the tests alike."""

from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from pathlib import Path

from ai_server.checks.findings import Context, Finding
from ai_server.cluster_facts import ClusterFacts
from ai_server.errors import UserError
from ai_server.profiles import load
from ai_server.render import KUBE_VERSION

BEFORE_RENDER = ("duplicate_keys", "values_schema", "chart_messages")
"""Rules on the values alone; chart_messages renders."""
AFTER_RENDER = (
    "kubernetes_schema",
    "selectors",
    "references",
    "program_flags",
    "node_placement",
    "architecture",
    "node_resources",
    "cluster_classes",
)
"""Rules on what is rendered, and on the cluster."""

Rule = Callable[[Context], Iterable[Finding]]


def rule(name: str) -> Rule:
    """The check function of a rule's module."""
    found: Rule = import_module(f"ai_server.checks.{name}").check
    return found


def run(
    files: Sequence[Path],
    facts: ClusterFacts | None = None,
    *,
    kube_version: str = KUBE_VERSION,
    release: str = "ai-server",
    namespace: str = "ai-server",
) -> tuple[list[Finding], dict[str, int]]:
    """All findings on values files, sorted, and what was looked at: {"rules": 9, "objects": 14, ...}.

    UserError for files that are no values files at all.
    """
    versions = supported_versions()
    if kube_version.rsplit(".", 1)[0] not in versions:
        raise UserError(f"Kubernetes {kube_version} is not known here", hint=f"choose from: {', '.join(versions)}")
    context = Context(load(files), None, facts, kube_version, release, namespace)
    findings: list[Finding] = []
    for name in BEFORE_RENDER:
        # what the schema refuses, Helm refuses too: rendering would say the same again
        if name == "chart_messages" and any(found.severity == "error" for found in findings):
            break
        findings += rule(name)(context)
        context.count("rules")
    if context.manifests is not None:
        context.count("objects", len(context.manifests))
        context.count("pods", len(context.manifests.running()))
        for name in AFTER_RENDER:
            findings += rule(name)(context)
            context.count("rules")
    return sorted(set(findings), key=lambda found: found.rank), context.counted


def supported_versions() -> list[str]:
    """The Kubernetes minor versions that the chart is checked against: 1.30 to 1.37."""
    return [f"1.{minor}" for minor in range(30, 38)]


__all__ = ["Context", "Finding", "rule", "run", "supported_versions"]
