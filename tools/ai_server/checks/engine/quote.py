"""The line that a finding is about, without secrets, and a caret under its column."""

from collections.abc import Mapping
from dataclasses import dataclass

from ai_server.checks.engine.model import Finding
from ai_server.checks.engine.secrets import Mask

WIDEST_LINE = 160


@dataclass(frozen=True)
class Quote:
    """Quotes from the lines that were read, by file: a pipe has no second reading. parsed: whether it was YAML."""

    lines: Mapping[str, list[str]]
    mask: Mask
    parsed: bool = True

    def __call__(self, each: Finding) -> list[str]:
        """The line and the caret's line, or neither; a long line is cut around the column."""
        lines = self.lines.get(each.file, [])
        line = lines[each.line - 1].rstrip() if 0 < each.line <= len(lines) else ""
        if not line:
            return []
        shown, place = self.mask.line(line, each.column - 1, parsed=self.parsed)
        cut = max(0, place - WIDEST_LINE // 2) if len(shown) > WIDEST_LINE else 0
        return [shown[cut : cut + WIDEST_LINE].replace("\t", " "), " " * (place - cut) + "^"]
