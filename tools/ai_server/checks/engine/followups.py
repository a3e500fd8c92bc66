"""What waits until something else is fixed: that a name is not served, while the entry that may serve it is rejected,
and what another finding explains.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from ai_server.checks import facts
from ai_server.checks.core.model import ORDER, Finding
from ai_server.checks.core.views import ValuesView
from ai_server.checks.subjects.nodes import KINDS
from ai_server.reading.profiles import Keys


@dataclass(frozen=True)
class Wait:
    """What a rule waits for: forms of keys, rejected by the schema or by one of the rules."""

    forms: tuple[Keys, ...]
    refused_by: Sequence[str] = ()


def waits(view: ValuesView, rule: str) -> bool:
    """Whether a rule must wait, because a key that matters to it is rejected."""
    wait = _waits().get(rule)
    if not wait:
        return False
    # a file may have a hundred thousand invalid keys: each form is compared only with those of its length
    refused: dict[int, set[Keys]] = defaultdict(set)
    for keys in _refused(view, wait):
        names = tuple(key for key in keys if isinstance(key, str))
        refused[len(names)].add(names)
    return any(_is_among(form, refused[len(form)]) for form in wait.forms)


def _refused(view: ValuesView, wait: Wait) -> Iterator[Keys]:
    """The keys that the schema rejects, the keys that were meant, and those that the rules reject."""
    yield from view.pruned
    yield from view.pruned.values()
    # a section of nodes that is at another component
    yield from ((kind, keys[1]) for keys in view.pruned if len(keys) == 2 and keys[0] not in KINDS for kind in KINDS)
    for rule in wait.refused_by:
        yield from (violation.keys for violation in view.refused.get(rule, []))


def _is_among(form: Keys, refused: set[Keys]) -> bool:
    """Whether one of the keys has a form, in which * stands for any name."""
    if "*" not in form:
        return form in refused
    return any(all(part in ("*", name) for part, name in zip(form, keys, strict=True)) for keys in refused)


def _forms(key: str) -> list[Keys]:
    """The forms that a key of the table stands for: KIND is each component with nodes."""
    kinds = KINDS if "KIND" in key else ("",)
    return [tuple(key.replace("KIND", kind).split(".")) for kind in kinds]


@cache
def _waits() -> dict[str, Wait]:
    data = facts.table("followups")
    forms = {part: [form for key in keys for form in _forms(key)] for part, keys in data["keys"].items()}
    return {
        rule: Wait(tuple(form for part in wait["keys"] for form in forms[part]), wait.get("refused_by", ()))
        for rule, wait in data["rules"].items()
    }


def _is_below(key: str, above: str) -> bool:
    return key.startswith((f"{above}.", f"{above}["))


PLACES: dict[str, Callable[[str, str], bool]] = {
    "key": lambda key, cause: key == cause,
    "around": lambda key, cause: key == cause or _is_below(key, cause) or _is_below(cause, key),
    "entry": lambda key, cause: PLACES["around"](key, cause) or key.rpartition(".")[0] == cause.rpartition(".")[0],
    "anywhere": lambda _key, _cause: True,
    "section": lambda key, cause: cause.partition(".")[0] in ("global", key.partition(".")[0]),
}
"""Where a cause is, by the word of the table."""


def without_consequences(findings: Iterable[Finding]) -> list[Finding]:
    """The findings whose causes are not among them. Waived findings must already be removed: they are no reason to hide
    others.
    """
    findings = list(findings)
    by_rule: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_rule[finding.rule].append(finding)
    rows = defaultdict(list)
    for row in facts.table("followups")["causes"]:
        causes = [cause for rule in row["waits_for"] for cause in by_rule[rule]]
        for rule in row["rules"]:
            rows[rule].append((PLACES[row["at"]], causes))
    return [
        finding
        for finding in findings
        if not any(
            at(finding.key, cause.key) and ORDER[cause.severity] <= ORDER[finding.severity]
            for at, causes in rows[finding.rule]
            for cause in causes
        )
    ]
