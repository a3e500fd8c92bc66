"""What is not reported until something else is corrected: that nobody serves a name, while an entry that may serve it
is refused.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from ai_server.checks import facts
from ai_server.checks.engine.views import ValuesView
from ai_server.reading.data import read_data
from ai_server.reading.profiles import Keys


@dataclass(frozen=True)
class Wait:
    """What a rule waits for: forms of keys, refused by the schema or by one of the rules."""

    forms: tuple[Keys, ...]
    refused_by: Sequence[str] = ()


def waits(view: ValuesView, rule: str) -> bool:
    """Whether a rule has nothing to say yet, since a key that counts for it is refused."""
    wait = _waits().get(rule)
    if not wait:
        return False
    # a file may have a hundred thousand wrong keys: each form looks at those of its own length only
    refused: dict[int, set[Keys]] = defaultdict(set)
    for keys in _refused(view, wait):
        names = tuple(key for key in keys if isinstance(key, str))
        refused[len(names)].add(names)
    return any(_is_among(form, refused[len(form)]) for form in wait.forms)


def _refused(view: ValuesView, wait: Wait) -> Iterator[Keys]:
    """The keys that the schema refuses, with those that were meant, and what rules refuse of who serves what."""
    yield from view.pruned
    yield from view.pruned.values()
    for rule in wait.refused_by:
        yield from (violation.keys for violation in view.refused.get(rule, []))


def _is_among(form: Keys, refused: set[Keys]) -> bool:
    """Whether one of the keys is of a form, in which * stands for any name."""
    if "*" not in form:
        return form in refused
    return any(all(part in ("*", name) for part, name in zip(form, keys, strict=True)) for keys in refused)


@cache
def _waits() -> dict[str, Wait]:
    data = read_data(facts.__file__, "followups.yaml")
    forms = {part: [tuple(key.split(".")) for key in keys] for part, keys in data["keys"].items()}
    return {
        rule: Wait(tuple(form for part in wait["keys"] for form in forms[part]), wait.get("refused_by", ()))
        for rule, wait in data["rules"].items()
    }
