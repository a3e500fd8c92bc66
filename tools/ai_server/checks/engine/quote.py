"""The line of a finding, without secrets, and a caret under its column."""

from collections.abc import Mapping
from dataclasses import dataclass

from ai_server.checks.core.model import Finding
from ai_server.checks.core.secrets import Mask

WIDEST_LINE = 160


@dataclass(frozen=True)
class Quote:
    """Quotes the lines that were read, by file, since a pipe cannot be read twice. parsed: whether they are YAML."""

    lines: Mapping[str, list[str]]
    mask: Mask
    parsed: bool = True

    def __call__(self, finding: Finding) -> list[str]:
        """The line and the caret's line, or neither; a long line is cut around the column."""
        lines = self.lines.get(finding.file, [])
        line = lines[finding.line - 1].rstrip() if 0 < finding.line <= len(lines) else ""
        if not line:
            return []
        shown, position = self.mask.line(line, finding.column - 1, parsed=self.parsed)
        cut = max(0, position - WIDEST_LINE // 2) if len(shown) > WIDEST_LINE else 0
        return [shown[cut : cut + WIDEST_LINE].replace("\t", " "), " " * (position - cut) + "^"]
