"""Keys with a level of indentation too little or too much: next to an empty key whose content they are, or below a map
that they stand next to.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Literal

from ai_server.checks.core.keypaths import dotted
from ai_server.checks.core.model import Violation
from ai_server.checks.core.views import ValuesView
from ai_server.checks.engine.chart_schema import fits, places
from ai_server.near import nearest
from ai_server.reading.edit import Change, is_there
from ai_server.reading.profiles import Keys
from ai_server.reading.wording import enumerated
from ai_server.reading.yamlfile import Document

OWN_NAMES = {
    "extraEnv": re.compile("[A-Z][A-Z0-9_]+"),
    **dict.fromkeys(("labels", "annotations", "nodeSelector", "selector"), re.compile(r"[\w.-]+/[\w.-]+")),
}
"""How the keys of a map with any keys look, so that no other key is taken for one."""
Belongs = Literal["no", "perhaps", "yes"]


def look(view: ValuesView) -> list[Violation]:
    """The violations for such keys in all files."""
    return [violation for document in view.values.documents for violation in _Reader(document).violations()]


def covered(violations: Sequence[Violation]) -> set[Keys]:
    """The keys that violations explain: those that move, and an empty one that they move to."""
    moves = [change for violation in violations for change in violation.changes if change.op == "move"]
    return {keys for change in moves for keys in (change.keys, change.to[:-1]) if len(change.to) > len(change.keys)} | {
        change.keys for change in moves
    }


@dataclass
class _Reader:
    document: Document

    def violations(self) -> Iterator[Violation]:
        done: set[Keys] = set()
        for keys, values in _maps(self.document.values, ()):
            for violation in (*self._too_little(keys, values, done), *self._too_much(keys, values)):
                if violation.changes[0].keys not in done:
                    done |= {change.keys for change in violation.changes}
                    yield violation

    def _too_little(self, path: Keys, values: dict[str, Any], done: set[Keys]) -> Iterator[Violation]:
        names = list(values)
        for number, name in enumerate(names):
            above = (*path, name)
            if values[name] is None and self.document.plain.get(above) == "" and above in places():
                after = [(key, self._belongs(above, key, values[key])) for key in names[number + 1 :]]
                run = list(takewhile(lambda item: item[1] != "no", after))
                while run and run[-1][1] == "perhaps":
                    run.pop()
                if run:
                    certain = all(
                        belongs == "yes" and fits((*above, _meant(above, key)), values[key]) for key, belongs in run
                    )
                    yield self._moved([key for key, _ in run], path, above, certain=certain)
            elif isinstance(values[name], dict) and number + 1 < len(names) and above not in done:
                key = names[number + 1]
                entry = places().entries(path) and key in places().names(above) and key not in values[name]
                if entry and fits((*above, key), values[key]) and not fits((*path, key), values[key]):
                    yield self._moved([key], path, above, certain=False)

    def _belongs(self, above: Keys, key: str, value: Any) -> Belongs:
        """Whether a key next to an empty one, after it, is part of it."""
        below, path = (*above, key), above[:-1]
        known = key in places().names(above)
        if not known and (meant := _meant(above, key)) != key:
            return self._belongs(above, meant, value)
        if known or (places().entries(above) and key not in places().names(path)):
            if not places().take(below, value) or (not known and isinstance(value, dict) and not fits(below, value)):
                return "no"
        elif not (above[-1] in OWN_NAMES and OWN_NAMES[str(above[-1])].fullmatch(key)):
            return "no"
        if places().entries(path):
            ours = path[-1] == "nodes" or not fits((*path, key), value)
            return "yes" if known and ours else "perhaps" if known else "no"
        return "perhaps" if key in places().names(path) else "yes"

    def _too_much(self, path: Keys, values: dict[str, Any]) -> Iterator[Violation]:
        for key, value in values.items() if path else ():
            to = (*path[:-1], key)
            a_map = isinstance(value, dict | list) and bool(value)
            if not a_map or key not in places().names(path[:-1]) or is_there(self.document.values, to):
                continue
            known = key in places().names(path)
            wrong = not known and (not places().entries(path) or not fits((*path, key), value))
            if wrong and fits(to, value) and not nearest(key, places().names(path)):
                certain = places().entries(path) or len(path) == 1 or key == "pod"
                yield self._moved([key], path, path[:-1], certain=certain)

    def _moved(self, names: list[str], path: Keys, to: Keys, *, certain: bool) -> Violation:
        """The violation for keys of one map that belong to another."""
        changes = tuple(Change("move", (*path, name), to=(*to, name), certain=certain) for name in names)
        deeper = len(to) > len(path)
        verb = "belongs" if len(names) == 1 else "belong"
        where = f"under {dotted(to)}" if to else "to the first column"
        message = f"{enumerated(names)} {verb} {where}"
        if not deeper:
            message += f", next to {path[-1]}" if to else f", like {path[0]}"
        fix = f"indent {self._lines(changes)} by two {'more' if deeper else 'fewer'} spaces"
        if self.document.places[changes[0].keys].line == self.document.places[to if deeper else path].line:
            fix = f"move {'it' if len(names) == 1 else 'them'} to {dotted(to) or 'the top'}"
        return Violation(changes[0].keys, message, fix if certain else f"perhaps {fix}", changes=changes)

    def _lines(self, changes: Sequence[Change]) -> str:
        """The lines of keys that follow each other, with the comments above and below them."""
        first, last = (self.document.places[change.keys].line for change in (changes[0], changes[-1]))
        indent = " " * (self.document.places[changes[0].keys].column - 1)
        while first > 1 and self.document.lines[first - 2].startswith(f"{indent}#"):
            first -= 1
        moved = changes[-1].keys
        others = [
            place.line - 1
            for keys, place in self.document.places.items()
            if place.line > last and keys[: len(moved)] != moved
        ]
        end = min(others, default=len(self.document.lines))
        while end > last and not self.document.lines[end - 1].partition("#")[0].strip():
            end -= 1
        for line in self.document.lines[end:]:
            if not (line.startswith(f"{indent} ") and line.lstrip().startswith("#")):
                break
            end += 1
        return f"line {first}" if end == first else f"lines {first}-{end}"


def _meant(above: Keys, key: str) -> str:
    """The key of a map that was meant, unless the key belongs next to the map."""
    names = places().names(above)
    return key if key in names or key in places().names(above[:-1]) else nearest(key, names) or key


def _maps(value: Any, path: Keys) -> Iterator[tuple[Keys, dict[str, Any]]]:
    """Every map of values with its path, those of Kubernetes' own types left out."""
    if isinstance(value, dict) and (not path or path in places()):
        yield path, value
        for key, inner in value.items():
            yield from _maps(inner, (*path, key))
