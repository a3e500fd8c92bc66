"""The result of an agreement suite, and docs/proof.md, which has a section with the last full result of each."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import yaml

from ai_server.paths import DOCS

PAGE = DOCS / "proof.md"
MOST_EXAMPLES = 3
KNOWN = Path(__file__).with_name("known.yaml")


@dataclass(frozen=True)
class Suite:
    """A comparison of check with a program: few cases in `make test`, all of them in `make prove`.

    compares: what is asked, as a sentence for docs/proof.md. what: what a case is, in the plural.
    """

    name: str
    compares: str
    what: str
    few: int
    full: int


@dataclass
class Result:
    """What a suite found: how many cases it compared, and the disagreements by kind, each with examples.

    of: what the cases belong to, such as 500 clusters.
    """

    suite: Suite
    versions: Mapping[str, str]
    of: str = ""
    compared: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def agree(self) -> None:
        """Counts a case."""
        self.compared += 1

    def disagree(self, kind: str, example: str) -> None:
        """Counts a case on which check and the program disagree; kinds are few, and known.yaml explains them."""
        self.compared += 1
        self.kinds[kind] += 1
        if self.kinds[kind] <= MOST_EXAMPLES:
            self.examples[kind] = "\n".join(filter(None, [self.examples.get(kind), example]))

    @property
    def unexplained(self) -> dict[str, str]:
        """The disagreements without a reason in known.yaml, each with an example: bugs."""
        return {kind: example for kind, example in self.examples.items() if kind not in reasons(self.suite)}

    @property
    def unused(self) -> set[str]:
        """The kinds of known.yaml that did not occur: with all cases, such a row is out of date."""
        return reasons(self.suite).keys() - self.kinds.keys()

    def section(self) -> str:
        """The suite's section of docs/proof.md."""
        disagreements = sum(self.kinds.values())
        rows = {
            "Compared": f"{self.compared:,} {self.suite.what}{f' of {self.of}' if self.of else ''}",
            "Agree": f"{self.compared - disagreements:,}",
            "Disagree": f"{disagreements:,}",
            "Date": f"{datetime.now(UTC):%Y-%m-%d}",
            "Versions": ", ".join(f"{name} {version}" for name, version in self.versions.items()),
        }
        lines = [f"## {self.suite.name}", "", self.suite.compares, "", "| | |", "|---|---|"]
        lines += [f"| {name} | {value} |" for name, value in rows.items()]
        if self.kinds:
            lines += ["", "| Disagreement | Cases | Reason |", "|---|---|---|"]
            reason = reasons(self.suite)
            lines += [f"| {kind} | {count} | {reason.get(kind, 'a bug')} |" for kind, count in self.kinds.most_common()]
        return "\n".join(lines) + "\n"


@cache
def _known() -> dict[str, dict[str, str]]:
    return yaml.safe_load(KNOWN.read_text()) or {}


def reasons(suite: Suite) -> dict[str, str]:
    """Why some kinds of disagreement are accepted."""
    return _known().get(suite.name, {})


def with_section(page: str, section: str) -> str:
    """The page with a section added or replaced; sections are sorted by their titles."""
    intro, *sections = re.split(r"^(?=## )", page, flags=re.MULTILINE)
    title = section.splitlines()[0]
    kept = [part for part in sections if part.splitlines()[0] != title]
    return "\n".join(f"{part.rstrip()}\n" for part in [intro, *sorted([*kept, section])])


def write(result: Result, page: Path = PAGE) -> None:
    """Writes the suite's section of docs/proof.md."""
    page.write_text(with_section(page.read_text(), result.section()))
