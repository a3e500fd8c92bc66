"""Findings that the user accepts: waivers.yaml next to a values file, with a reason for each."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ai_server.checks.core.model import Finding
from ai_server.checks.core.registry import the_rule
from ai_server.errors import UserError
from ai_server.reading.textfile import Place, lines_of, read_text
from ai_server.reading.yamlfile import places_of_items

NAME = "waivers.yaml"
UNUSED = "values/unused-waiver"
ALSO_WARNS = ("values/yaml-surprise",)
"""Rules about what Helm rejects that also report some values that it accepts."""


@dataclass(frozen=True)
class Waiver:
    """A rule that is not reported, for a key and everything below it, or everywhere (key "")."""

    rule: str
    key: str
    reason: str
    place: Place

    def covers(self, finding: Finding) -> bool:
        """Whether the waiver applies to a finding."""
        if finding.rule != self.rule or finding.severity == "not-checked":
            return False
        if finding.rule.startswith("values/") and finding.severity == "error":
            return False  # Helm itself rejects it
        below = (f"{self.key}.", f"{self.key}[")
        return not self.key or finding.key == self.key or finding.key.startswith(below)


def apply_waivers(
    files: Sequence[Path], findings: Iterable[Finding], looked: set[str]
) -> tuple[list[Finding], dict[str, list[str]]]:
    """The findings that are not waived, with an error for each unused waiver; and the lines of the waiver files.

    A waiver is reported as unused only if its rule could check everything, and only next to the last file: one next to
    a shared base may be meant for another site. UserError for a file that is not a list of waivers.
    """
    folders = list(dict.fromkeys(Path(file).parent for file in files))
    waivers = [waiver for folder in folders for waiver in _read(folder)]
    used: set[Waiver] = set()
    kept = []
    for finding in findings:
        hits = [waiver for waiver in waivers if waiver.covers(finding)]
        used.update(hits)
        if not hits:
            kept.append(finding)
    last_file = str(Path(files[-1]).parent / NAME)
    kept += [
        _unused(waiver)
        for waiver in waivers
        if waiver not in used and waiver.rule in looked and waiver.place.file == last_file
    ]
    read = {waiver.place.file for waiver in waivers}
    return kept, {file: lines_of(read_text(Path(file))) for file in read}


def _unused(waiver: Waiver) -> Finding:
    place = waiver.place
    where = f" at {waiver.key}" if waiver.key else ""
    message = f"{waiver.rule} has nothing to waive{where}"
    fix = "remove the waiver: it would hide the next mistake of this kind"
    return Finding(UNUSED, "error", place.file, place.line, place.column, "", message, fix)


def _read(folder: Path) -> Iterator[Waiver]:
    path = folder / NAME
    if not path.is_file():
        return
    for item, place in places_of_items(path):
        yield _waiver(item, place)


def _waiver(item: Any, place: Place) -> Waiver:
    shape = "use {rule: ID, key: the.key, reason: why}; key is optional"
    if not isinstance(item, dict) or not {"rule", "reason"} <= set(item) <= {"rule", "key", "reason"}:
        raise UserError(f"{place}: not a waiver", hint=shape)
    if not all(isinstance(value, str) for value in item.values()):
        raise UserError(f"{place}: not a waiver: rule, key and reason are text", hint=shape)
    known = the_rule(item["rule"])
    if known.page.category == "values" and known.page.severity == "error" and known.id not in ALSO_WARNS:
        raise UserError(f"{place}: {item['rule']} cannot be waived", hint="Helm itself rejects the values")
    if len(item["reason"].split()) < 2:
        raise UserError(
            f"{place}: the reason of a waiver needs at least two words", hint="explain why it is right here"
        )
    return Waiver(item["rule"], item.get("key", ""), item["reason"], place)
