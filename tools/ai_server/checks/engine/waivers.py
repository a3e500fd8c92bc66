"""Findings that the user accepts: waivers.yaml next to a values file, with a reason for each."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ai_server.checks.core.model import NO_CLUSTER, Finding
from ai_server.checks.core.registry import all_rules
from ai_server.errors import UserError
from ai_server.near import nearest
from ai_server.reading.textfile import NotYaml, Place, lines_of, read_text
from ai_server.reading.yamlfile import places_of_items

NAME = "waivers.yaml"
UNUSED = "values/unused-waiver"
KEYS = {"rule", "key", "reason"}
SHAPE = "use {rule: ID, key: the.key, reason: why}; key is optional"
WHERE = re.compile(r"^.*?:\d+(:\d+)?: ")
"""The location at the start of an error's message."""
ALSO_WARNS = ("values/yaml-surprise",)
"""Rules about what Helm rejects that also report some values that it accepts."""


@dataclass(frozen=True)
class Waiver:
    """A rule that is not reported, for a key and everything below it; without one, its errors still are."""

    rule: str
    key: str
    reason: str
    place: Place

    def covers(self, finding: Finding) -> bool:
        """Whether the waiver applies to a finding. What was not checked has no key: only a waiver without one does."""
        if finding.rule != self.rule:
            return False
        if finding.rule.startswith("values/") and finding.severity == "error":
            return False  # Helm itself rejects it
        if not self.key:
            # it may be meant for what the rule could not check, and must not hide what a cluster file shows
            return finding.severity != "error" or not finding.key
        return finding.key == self.key or finding.key.startswith((f"{self.key}.", f"{self.key}["))


def apply_waivers(
    files: Sequence[Path], findings: Iterable[Finding], looked: set[str], keys: Iterable[str] = ()
) -> tuple[list[Finding], dict[str, list[str]]]:
    """The findings that are not waived, with an error for each waiver that is unused or invalid; and the lines of the
    waiver files. keys: those that the values set.

    A waiver is reported as unused only if its rule could check everything, and only next to the last file: one next to
    a shared base may be meant for another site.
    """
    folders = list(dict.fromkeys(Path(file).parent for file in files))
    read = [item for folder in folders for item in _read(folder / NAME)]
    waivers = [item for item in read if isinstance(item, Waiver)]
    used: set[Waiver] = set()
    kept, findings = [item for item in read if isinstance(item, Finding)], list(findings)
    for finding in findings:
        hits = [waiver for waiver in waivers if waiver.covers(finding)]
        used.update(hits)
        if not hits:
            kept.append(finding)
    last_file = str(Path(files[-1]).parent / NAME)
    known = set(keys)
    kept += [
        _unused(waiver, [finding.key for finding in findings if finding.rule == waiver.rule], known)
        for waiver in waivers
        if waiver not in used and waiver.rule in looked and waiver.place.file == last_file
    ]
    paths = [folder / NAME for folder in folders if (folder / NAME).is_file()]
    return kept, {str(path): lines_of(read_text(path)) for path in paths}


def _unused(waiver: Waiver, reported: list[str], known: set[str]) -> Finding:
    """The finding for a waiver of nothing, with the key that was probably meant: one that the rule reports, or another
    one of the values.
    """
    where = f" at {waiver.key}" if waiver.key else ""
    message = f"{waiver.rule} has nothing to waive{where}"
    fix = "remove the waiver: it would hide the next mistake of this kind"
    if reported and not waiver.key:
        return _finding(waiver.place, f"{waiver.rule}: an error is waived at its key", f"use key: {min(reported)}")
    if waiver.key and waiver.key not in known:
        meant = nearest(waiver.key, reported) or nearest(waiver.key, known)
        message += f"; did you mean {meant}?" if meant else ""
        fix = f"use key: {meant}" if meant else fix
    return _finding(waiver.place, message, fix)


def _finding(place: Place, message: str, fix: str) -> Finding:
    return Finding(UNUSED, "error", place.file, place.line, place.column, "", message, fix)


def _read(path: Path) -> Iterator[Waiver | Finding]:
    """The waivers in a file, and a finding for each item that is not one."""
    if not path.is_file():
        return
    try:
        items = list(places_of_items(path))
    except UserError as error:
        place = error.place if isinstance(error, NotYaml) else Place(str(path), 1, 1)
        yield _finding(place, "the waivers cannot be read: " + WHERE.sub("", error.message), error.hint)
        return
    for item, place in items:
        yield _waiver(item, place)


def _waiver(item: Any, place: Place) -> Waiver | Finding:
    if not isinstance(item, dict) or not all(isinstance(value, str) for value in item.values()):
        return _finding(place, "not a waiver: rule, key and reason are text", SHAPE)
    for key in sorted(item.keys() - KEYS):
        meant = nearest(key, KEYS - item.keys())
        return _finding(place, _unknown(f"not a waiver: unknown key {key}", meant), f"use {meant}" if meant else SHAPE)
    if missing := [key for key in ("rule", "reason") if key not in item]:
        return _finding(place, f"not a waiver: {' and '.join(missing)} missing", SHAPE)
    rules = all_rules()
    if item["rule"] not in {*rules, NO_CLUSTER}:
        meant = nearest(item["rule"], rules) or _with_category(item["rule"], rules)
        fix = f"use {meant}" if meant else "use the id in brackets at the end of the finding"
        return _finding(place, _unknown(f"no rule is called {item['rule']}", meant), fix)
    page = rules[item["rule"]].page if item["rule"] in rules else None
    if page and page.category == "values" and page.severity == "error" and page.id not in ALSO_WARNS:
        return _finding(place, f"{item['rule']} cannot be waived: Helm itself rejects the values", "fix the values")
    if len(item["reason"].split()) < 2:
        message = "the reason of a waiver needs at least two words"
        return _finding(place, message, "explain why it is right here")
    return Waiver(item["rule"], item.get("key", ""), item["reason"], place)


def _unknown(message: str, meant: str) -> str:
    return f"{message}; did you mean {meant}?" if meant else message


def _with_category(name: str, rules: Iterable[str]) -> str:
    """The only rule with that name in another category, or for a name without one; "" if there is none."""
    last = name.rpartition("/")[2]
    same = [rule for rule in rules if rule.rpartition("/")[2] == last]
    return same[0] if len(same) == 1 else ""
