"""Rules about values, objects and nodes: one a file, run by `ai-server check` and by the tests alike."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ai_server.checks import chart, schema
from ai_server.checks.findings import Context, Finding, Found, not_checked, told_once
from ai_server.checks.pod_security import Summary, summaries
from ai_server.checks.rules import Known, all_rules
from ai_server.checks.waivers import apply_waivers
from ai_server.cluster_facts import ClusterFacts
from ai_server.errors import UserError
from ai_server.profiles import Values, load
from ai_server.render import KUBE_VERSION
from ai_server.textfile import NotYaml


@dataclass(frozen=True)
class Result:
    """Findings, sorted; what was looked at ({"rules": 60, "objects": 14, ...}); and each pod's Pod Security level."""

    findings: list[Finding]
    counted: dict[str, int]
    pod_security: list[Summary]


def run(
    files: Sequence[Path],
    facts: ClusterFacts | None = None,
    *,
    kube_version: str = KUBE_VERSION,
    release: str = "ai-server",
    namespace: str = "ai-server",
    online: bool = False,
) -> Result:
    """All findings on values files, and what was looked at.

    online: ask registries which processors an image is built for. UserError for files that are no values files at all.
    """
    if kube_version.rsplit(".", 1)[0] not in supported_versions():
        versions = ", ".join(supported_versions())
        raise UserError(f"Kubernetes {kube_version} is not known here", hint=f"choose from: {versions}")
    try:
        values = load(files)
    except NotYaml as error:
        context = Context(Values(list(files), {}))
        rule = "values/tab" if error.tab else "values/not-yaml"
        context.refuse(rule, Found((), error.problem, error.hint, error.place))
        return Result(_all(context, [all_rules()[rule]]), context.counted, [])
    _must_hold_something(values)
    context = Context(values, None, facts, kube_version, release, namespace, online)
    schema.look(context)
    chart.look(context)
    if context.manifests is not None:
        context.count("objects", len(context.manifests))
        context.count("pods", len(context.manifests.running()))
    found = apply_waivers(files, _all(context, all_rules().values()))
    pods = [] if context.refused else list(summaries(context.manifests))
    return Result(found, context.counted, pods)


def _must_hold_something(values: Values) -> None:
    for file, document in zip(values.files, values.documents, strict=True):
        if document.empty:
            raise UserError(f"{file}: holds no values", hint="is it the right file?")


def _all(context: Context, rules: Iterable[Known]) -> list[Finding]:
    findings: set[Finding] = set()
    for known in rules:
        if known.rule.needs in ("manifests", "cluster") and context.manifests is None:
            continue
        if known.rule.needs == "cluster" and context.facts is None:
            continue
        context.count("rules")
        for found in _found(known, context):
            # what follows from something refused already would only hide it
            if known.category == "values" or not context.follows(found.keys) or found.severity == "not-checked":
                findings.add(context.finding(known, found))
    if context.facts is None and context.manifests is not None:
        why = "nodes, taints, GPUs and classes: no cluster was given (--cluster FILE or --live)"
        findings.add(Finding("cluster/no-such-node", "not-checked", "", 0, 0, "", why))
    return sorted(findings, key=lambda found: found.rank)


def _found(known: Known, context: Context) -> list[Found]:
    """What a rule says; nothing where it trips over objects that are not whole, because their values are refused."""
    try:
        return list(told_once(known.check(context)))
    except (KeyError, TypeError, AttributeError, ValueError):
        if not context.refused:
            raise
        return [not_checked(f"{known.rule.title[0].lower()}{known.rule.title[1:]}: mend what is refused first")]


def supported_versions() -> list[str]:
    """The Kubernetes minor versions that the chart is checked against: 1.30 to 1.37."""
    return [f"1.{minor}" for minor in range(30, 38)]


__all__ = ["Context", "Finding", "Found", "Result", "all_rules", "run", "supported_versions"]
