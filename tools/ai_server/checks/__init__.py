"""Rules about values, objects and nodes: one a file, run by `ai-server check` and by the tests alike."""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ai_server.checks.engine import chart, schema
from ai_server.checks.engine.findings import Context, Finding, Found, not_checked, told_once
from ai_server.checks.engine.followups import waits
from ai_server.checks.engine.quote import Quote
from ai_server.checks.engine.registry import Known, all_rules
from ai_server.checks.engine.waivers import UNUSED, apply_waivers
from ai_server.checks.subjects.pod_security import Summary, summaries
from ai_server.errors import UserError
from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.kube.kubeversion import SUPPORTED, chosen
from ai_server.kube.manifests import Object
from ai_server.reading.profiles import Values, load
from ai_server.reading.textfile import NotYaml

NO_CLUSTER = "cluster/not-given"
"""The id under which it is said that no rule of the category could look; no rule has it."""
LABEL = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")


@dataclass(frozen=True)
class Result:
    """Findings, sorted; what was looked at ({"rules": 60, "objects": 14, ...}); each pod's Pod Security level; and
    what quotes the line of a finding.
    """

    findings: list[Finding]
    counted: dict[str, int]
    pod_security: list[Summary]
    quote: Quote


def run(
    files: Sequence[Path],
    facts: ClusterFacts | None = None,
    *,
    kube_version: str = "",
    release: str = "ai-server",
    namespace: str = "ai-server",
    online: bool = False,
) -> Result:
    """All findings on values files, and what was looked at.

    kube_version: without it the oldest version of the cluster's nodes.
    online: ask registries which processors an image is built for. UserError for files that are no values files at all.
    """
    _must_be_names(release, namespace)
    kubelets = [_kubelet(node) for node in facts.of_kind("Node")] if facts else []
    kube_version = chosen(kube_version, kubelets)
    try:
        values = load(files)
    except NotYaml as error:
        context = Context(Values(list(files), {}))
        rule = "values/tab" if error.tab else "values/not-yaml"
        context.refuse(rule, Found((), error.problem, error.hint, error.place))
        found, _ = _all(context, [all_rules()[rule]])
        return Result(found, context.counted, [], Quote({error.place.file: error.lines}, context.mask, parsed=False))
    context = Context(values, None, facts, kube_version, release, namespace, online)
    schema.look(context)
    chart.look(context)
    if context.manifests is not None:
        context.count("objects", len(context.manifests))
        context.count("pods", len(context.manifests.running()))
    found, looked = _all(context, all_rules().values())
    told = len(found)
    found, waivers = apply_waivers(files, found, looked)
    if waived := told - sum(each.rule != UNUSED for each in found):
        context.count("waived", waived)
    pods = [] if context.refused else list(summaries(context.manifests))
    lines = {str(file): document.lines for file, document in zip(values.files, values.documents, strict=True)}
    return Result(found, context.counted, pods, Quote(lines | waivers, context.mask))


def _kubelet(node: Object) -> str:
    said = (node.get("status") or {}).get("nodeInfo") or {}
    return str(said.get("kubeletVersion") or "")


def _must_be_names(release: str, namespace: str) -> None:
    """Helm refuses other names of a release, and Kubernetes other names of a namespace."""
    for option, name, most in (("--release", release, 53), ("--namespace", namespace, 63)):
        if len(name) > most or not LABEL.fullmatch(name):
            hint = f"write lower-case letters, digits and -, at most {most}: {option} ai-server"
            raise UserError(f'{option}: "{name}" is no name for it', hint=hint)


def _all(context: Context, rules: Iterable[Known]) -> tuple[list[Finding], set[str]]:
    """The findings of rules, and the ids of those rules that could look at everything that they are about."""
    findings: set[Finding] = set()
    looked: set[str] = set()
    for known in rules:
        if known.rule.needs in ("manifests", "cluster") and context.manifests is None:
            # it has nothing to look at, but what the chart itself refused in its name still counts
            findings |= {context.finding(known, each) for each in context.refused.get(known.id, [])}
            continue
        if known.rule.needs == "cluster" and context.facts is None:
            continue
        context.count("rules")
        found, whole = _found(known, context)
        # what follows from something refused already would only hide it;
        # what looks at the values alone sees them as they were written
        waiting = waits(context, known.id)
        kept = [each for each in found if not waiting and (known.rule.needs == "values" or not context.follows(each))]
        findings |= {context.finding(known, each) for each in kept}
        if whole and kept == found and all(each.severity != "not-checked" for each in found):
            looked.add(known.id)
    if context.facts is None and context.manifests is not None:
        why = "nodes, taints, GPUs and classes: no cluster was given (--cluster FILE or --live)"
        findings.add(Finding(NO_CLUSTER, "not-checked", "", 0, 0, "", why))
    return sorted(findings, key=lambda found: found.rank), looked


def _found(known: Known, context: Context) -> tuple[list[Found], bool]:
    """What a rule says, and whether it came to its end; a rule that trips leaves the others their say.

    Over values that are refused it may: objects are not whole then. Else it is a fault of ours, which
    AI_SERVER_TRACEBACK raises.
    """
    try:
        return list(told_once(known.check(context))), True
    except UserError:
        raise
    except Exception as error:
        if context.refused:
            why = f"{known.rule.title[0].lower()}{known.rule.title[1:]}: mend what is refused first"
            return [not_checked(why)], False
        if os.environ.get("AI_SERVER_TRACEBACK"):
            raise
        message = f"this could not be checked, by a fault of ai-server and not of the values ({_cause(error)})"
        fix = "please report it with these values; AI_SERVER_TRACEBACK=1 shows where"
        return [Found((), message, fix, severity="error")], False


def _cause(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def supported_versions() -> list[str]:
    """The Kubernetes minor versions that the chart is checked against: 1.30 to 1.37."""
    return SUPPORTED


__all__ = ["Context", "Finding", "Found", "Result", "all_rules", "run", "supported_versions"]
