"""Applies the fixes of findings to the text of values files."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ai_server.checks.core.model import Finding
from ai_server.reading.edit import CannotEdit, edited
from ai_server.reading.profiles import Keys
from ai_server.reading.textfile import read_text

MOST_ROUNDS = 20
"""The most times to check again: a fix may show what its mistake hid."""
Texts = dict[Path, str]


@dataclass(frozen=True)
class Fixed:
    """The text of each file with its fixes, the findings that were fixed, and those that are left."""

    texts: Texts
    done: tuple[Finding, ...]
    left: tuple[Finding, ...]


def fix_all(files: Sequence[Path], check: Callable[[Texts], Iterable[Finding]]) -> Fixed:
    """Applies every certain fix, and checks the texts again until there is none. Writes no file."""
    texts: Texts = {file: read_text(file) for file in files}
    done: list[Finding] = []
    for _ in range(MOST_ROUNDS):
        left = tuple(check(texts))
        texts, now = apply(left, texts)
        if not now:
            break
        done += now
    return Fixed(texts, tuple(done), left)


def apply(findings: Iterable[Finding], texts: Mapping[Path, str]) -> tuple[Texts, list[Finding]]:
    """The texts with the fixes that are certain and do not meet another one, and the findings that these are for.

    What would be at a place that was changed already needs another check: a removed item moves those after it.
    """
    result, done, changed = dict(texts), [], set[Keys]()
    for finding in findings:
        areas = {_area(keys) for change in finding.changes for keys in (change.keys, change.to) if keys}
        if not is_certain(finding) or any(_overlap(area, other) for area in areas for other in changed):
            continue
        after = with_changes(finding, result)
        if after:
            result |= after
            done.append(finding)
            changed |= areas
    return result, done


def is_certain(finding: Finding) -> bool:
    """Whether the fix of a finding may be applied without a question."""
    return bool(finding.changes) and all(change.certain for change in finding.changes)


def only_one_for_each_key(findings: Iterable[Finding]) -> list[Finding]:
    """The findings; the fixes of several keys that become one key are uncertain, since one of their values would be
    lost.
    """
    findings = list(findings)
    at: dict[tuple[str, Keys], list[Finding]] = defaultdict(list)
    for finding in findings:
        for keys in _new_keys(finding):
            at[finding.file, keys].append(finding)
    result = []
    for finding in findings:
        above = [keys[:length] for keys in _new_keys(finding) for length in range(1, len(keys) + 1)]
        rivals = [other for keys in above for other in at[finding.file, keys] if other.key != finding.key]
        result.append(_uncertain(finding, rivals[0].key) if rivals else finding)
    return result


def _new_keys(finding: Finding) -> list[Keys]:
    """The keys that a certain fix writes in place of another one."""
    changes = finding.changes
    rewritten = is_certain(finding) and any(change.op in ("move", "remove") for change in changes)
    return [change.to or change.keys for change in changes if change.op in ("move", "set")] if rewritten else []


def _uncertain(finding: Finding, other: str) -> Finding:
    changes = tuple(replace(change, certain=False) for change in finding.changes)
    fix = f"perhaps {finding.fix}; {other} becomes the same key: join them, or keep one"
    return replace(finding, fix=fix, changes=changes)


def with_changes(finding: Finding, texts: Mapping[Path, str]) -> Texts:
    """The new text of the finding's file; empty if its fix cannot be applied to that."""
    file = Path(finding.file)
    try:
        return {file: edited(texts[file], *finding.changes)} if file in texts else {}
    except CannotEdit:
        return {}


def _area(keys: Keys) -> Keys:
    """A key without its items: that of the list that they are in."""
    item = next((index for index, key in enumerate(keys) if isinstance(key, int)), len(keys))
    return keys[:item]


def _overlap(one: Keys, other: Keys) -> bool:
    length = min(len(one), len(other))
    return one[:length] == other[:length]
