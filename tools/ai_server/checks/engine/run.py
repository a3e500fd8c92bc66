"""Runs all rules on values files, the rendered objects and the cluster."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ai_server.checks.core.model import NO_CLUSTER, Finding, Violation, not_checked, reported_once
from ai_server.checks.core.registry import Rule, all_rules
from ai_server.checks.core.secrets import Mask
from ai_server.checks.core.views import ClusterView, RenderView, ValuesView
from ai_server.checks.engine import foreign, other_values
from ai_server.checks.engine.advice import advised
from ai_server.checks.engine.apply import only_one_for_each_key
from ai_server.checks.engine.followups import waits, without_consequences
from ai_server.checks.engine.quote import Quote
from ai_server.checks.engine.rendering import rendered
from ai_server.checks.engine.waivers import UNUSED, apply_waivers
from ai_server.checks.subjects.pod_security import Summary, summaries
from ai_server.errors import UserError
from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.kube.kubeversion import chosen
from ai_server.kube.names import must_be_valid
from ai_server.kube.nodes import kubelet
from ai_server.memory.known import KnownModels
from ai_server.reading.profiles import Values, dotted, load
from ai_server.reading.textfile import NotYaml, Place, Unreadable

UNREADABLE = "values/unreadable"
"""The id of the finding that a file cannot be read; no rule has this id."""
SECRETS = ("security/secret-in-values", "security/default-password")
"""The rules that report a secret in other files than values as well."""
SECRETS_TOO = {other_values.KEY, foreign.RULE}


@dataclass(frozen=True)
class Result:
    """The sorted findings; counts of what was checked ({"rules": 60, "objects": 14, ...}); each pod's Pod Security
    level; a function that quotes the line of a finding; the files; and why one of them cannot be values.
    """

    findings: list[Finding]
    counted: dict[str, int]
    pod_security: list[Summary]
    quote: Quote
    files: Sequence[Path] = ()
    error: UserError | None = None


def run(
    files: Sequence[Path],
    facts: ClusterFacts | None = None,
    *,
    kube_version: str = "",
    release: str = "ai-server",
    namespace: str = "ai-server",
    online: bool = False,
    texts: Mapping[Path, str] | None = None,
    models: KnownModels | None = None,
) -> Result:
    """Checks values files.

    kube_version: defaults to the oldest version of the cluster's nodes. online: query registries for the processors
    that an image supports. texts: of files, instead of what they contain. models: what is known about model files.

    UserError for waivers or a name that are invalid.
    """
    must_be_valid("--release", release)
    must_be_valid("--namespace", namespace)
    kubelets = [kubelet(node) for node in facts.of_kind("Node")] if facts else []
    kube_version = chosen(kube_version, kubelets)
    try:
        values = load(files, texts)
    except NotYaml as error:
        return _not_yaml(list(files), error)
    except Unreadable as error:
        return unreadable(error)
    view = ValuesView(values, kube_version, release, namespace, online, models or KnownModels())
    if rules := foreign.look(view):
        return _refused_as_a_whole(view, [*rules, *SECRETS] if SECRETS_TOO & {*rules} else rules)
    view, manifests = rendered(view, facts)
    reported, complete = _findings(view, all_rules().values())
    kept, waivers = apply_waivers(files, reported, complete, map(dotted, view.values.places))
    if waived := len(reported) - sum(finding.rule != UNUSED for finding in kept):
        view.count("waived", waived)
    pods = [] if view.refused else list(summaries(manifests))
    lines = {str(file): document.lines for file, document in zip(values.files, values.documents, strict=True)}
    return Result(_in_order(kept), view.counted, pods, Quote(lines | waivers, view.mask), files)


def _refused_as_a_whole(view: ValuesView, rules: Iterable[str]) -> Result:
    """The result for files of which only what these rules find is worth saying."""
    findings, _ = _findings(view, [all_rules()[rule] for rule in rules])
    lines = {str(file): document.lines for file, document in zip(view.values.files, view.values.documents, strict=True)}
    return Result(_in_order(findings), view.counted, [], Quote(lines, view.mask), view.values.files)


def _not_yaml(files: list[Path], error: NotYaml) -> Result:
    view = ValuesView(Values(files, {}))
    rule, violation = foreign.of_text(error)
    view.refuse(rule, violation)
    findings, _ = _findings(view, [all_rules()[rule]])
    quote = Quote({error.place.file: error.lines}, view.mask, parsed=False)
    place = violation.place or error.place
    misuse = UserError(f"{place}: {violation.message}", hint=violation.fix) if error.parsed else None
    return Result(_in_order(findings), view.counted, [], quote, error=misuse)


def unreadable(error: UserError) -> Result:
    """The result if a file cannot be read."""
    place = error.place if isinstance(error, Unreadable | NotYaml) else Place("", 0, 0)
    reason = error.reason if isinstance(error, Unreadable) else error.message
    finding = Finding(UNREADABLE, "error", place.file, place.line, place.column, "", reason, error.hint)
    return Result([finding], {}, [], Quote({}, Mask()), error=error)


SEES = {"values": ValuesView, "chart": ValuesView, "render": RenderView, "cluster": ClusterView}
"""The view that a rule's function takes, by what the rule needs."""


def _findings(view: ValuesView, rules: Iterable[Rule]) -> tuple[set[Finding], set[str]]:
    """The findings of rules, and the ids of the rules that could check everything."""
    findings: set[Finding] = set()
    complete: set[str] = set()
    for rule in rules:
        needs = rule.page.needs
        if not isinstance(view, SEES[needs]):
            if not isinstance(view, RenderView):
                # the rule cannot run, but what the chart rejects in its name still counts
                findings |= {view.finding(rule.page, violation) for violation in view.refused.get(rule.id, [])}
            continue
        view.count("rules")
        view.rule = rule.id
        violations, finished = _violations(rule, view)
        # consequences of something rejected would only hide it;
        # rules that need the values alone see them as written
        waiting = waits(view, rule.id) or (needs != "values" and _lacks_global(view))
        kept = [item for item in violations if not waiting and (needs == "values" or not view.follows(item))]
        advice = [advised(view, rule.page, violation) for violation in kept]
        findings |= {view.finding(rule.page, violation) for violation in advice}
        if (
            finished
            and not view.pruned
            and kept == violations
            and all(violation.severity != "not-checked" for violation in kept)
        ):
            complete.add(rule.id)
    if isinstance(view, RenderView) and not isinstance(view, ClusterView):
        why = "nodes, taints, GPUs and classes: no cluster was given (--cluster FILE or --live)"
        findings.add(Finding(NO_CLUSTER, "not-checked", "", 0, 0, "", why))
    return findings, complete


def _lacks_global(view: ValuesView) -> bool:
    """Whether the section that all others build on is rejected as a whole."""
    return any(len(keys) == 1 and "global" in (*keys, *meant) for keys, meant in view.pruned.items())


def _in_order(findings: Iterable[Finding]) -> list[Finding]:
    return only_one_for_each_key(sorted(without_consequences(findings), key=lambda finding: finding.rank))


def _violations(rule: Rule, view: ValuesView) -> tuple[list[Violation], bool]:
    """What the schema and the chart reject in the name of a rule, what the rule finds, and whether it finished.

    A rule that crashes does not stop the others. After rejected values this is expected, since the objects are
    incomplete; otherwise it is our bug, which AI_SERVER_TRACEBACK raises.
    """
    refused = view.refused.get(rule.id, [])
    try:
        return list(reported_once([*refused, *rule.violations(view)])), True
    except UserError:
        raise
    except Exception as error:
        if view.refused:
            title = rule.page.title
            return [*refused, not_checked(f"{title[0].lower()}{title[1:]}: fix the rejected values first")], False
        if os.environ.get("AI_SERVER_TRACEBACK"):
            raise
        message = f"this could not be checked because of a bug in ai-server ({_cause(error)})"
        fix = "please report it with these values; AI_SERVER_TRACEBACK=1 shows the traceback"
        return [Violation((), message, fix, severity="error")], False


def _cause(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
