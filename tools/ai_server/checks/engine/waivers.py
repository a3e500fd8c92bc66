"""Rules that the user has looked at and means otherwise: waivers.yaml beside a values file, each with its reason."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ai_server.checks.engine.model import Finding
from ai_server.checks.engine.registry import the_rule
from ai_server.errors import UserError
from ai_server.reading.textfile import Place, lines_of, read_text
from ai_server.reading.yamlfile import places_of_items

NAME = "waivers.yaml"
UNUSED = "values/unused-waiver"
ALSO_WARNS = ("values/yaml-surprise",)
"""Rules about what Helm refuses, which say some things that it takes as well."""


@dataclass(frozen=True)
class Waiver:
    """A rule that is not to be told, of one key and what is below it, or everywhere (key "")."""

    rule: str
    key: str
    reason: str
    place: Place

    def covers(self, finding: Finding) -> bool:
        """Whether the finding is the one that was waived."""
        if finding.rule != self.rule or finding.severity == "not-checked":
            return False
        if finding.rule.startswith("values/") and finding.severity == "error":
            return False  # Helm itself would refuse it
        below = (f"{self.key}.", f"{self.key}[")
        return not self.key or finding.key == self.key or finding.key.startswith(below)


def apply_waivers(
    files: Sequence[Path], findings: list[Finding], looked: set[str]
) -> tuple[list[Finding], dict[str, list[str]]]:
    """The findings that nobody waived, and an error for each waiver that waives nothing; and the lines of their files.

    A waiver is unused where its rule looked at everything, and only beside the last file: what stands beside a shared
    base may be for another site. UserError for a file that is no list of waivers.
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
    own = str(Path(files[-1]).parent / NAME)
    kept += [
        _unused(waiver)
        for waiver in waivers
        if waiver not in used and waiver.rule in looked and waiver.place.file == own
    ]
    read = {waiver.place.file for waiver in waivers}
    return sorted(kept, key=lambda found: found.rank), {file: lines_of(read_text(Path(file))) for file in read}


def _unused(waiver: Waiver) -> Finding:
    place = waiver.place
    where = f" at {waiver.key}" if waiver.key else ""
    message = f"{waiver.rule} has nothing to waive{where}"
    fix = "take the waiver away: the next mistake of this kind would be hidden"
    return Finding(UNUSED, "error", place.file, place.line, place.column, "", message, fix)


def _read(folder: Path) -> Iterator[Waiver]:
    path = folder / NAME
    if not path.is_file():
        return
    for item, place in places_of_items(path):
        yield _waiver(item, place)


def _waiver(item: Any, place: Place) -> Waiver:
    shape = "write {rule: ID, key: the.key, reason: why}; key may be left out"
    if not isinstance(item, dict) or not {"rule", "reason"} <= set(item) <= {"rule", "key", "reason"}:
        raise UserError(f"{place}: not a waiver", hint=shape)
    if not all(isinstance(value, str) for value in item.values()):
        raise UserError(f"{place}: not a waiver: rule, key and reason are text", hint=shape)
    known = the_rule(item["rule"])
    if known.page.category == "values" and known.page.severity == "error" and known.id not in ALSO_WARNS:
        raise UserError(f"{place}: {item['rule']} cannot be waived", hint="Helm itself would refuse the values")
    if len(item["reason"].split()) < 2:
        raise UserError(f"{place}: the reason of a waiver takes two words at least", hint="say why it is right here")
    return Waiver(item["rule"], item.get("key", ""), item["reason"], place)
