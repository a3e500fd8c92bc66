"""The parsers of vLLM that fit the model in a folder, by the folder's name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from ai_server.checks.subjects.programs import ProgramContainer
from ai_server.paths import CHART
from ai_server.reading.yamlfile import read_values

KINDS = {"--tool-call-parser": "tool", "--reasoning-parser": "reasoning"}


@dataclass(frozen=True)
class Family:
    """A family of models and the parsers for it, the one to use first; clear: vLLM's docs name these alone, and the
    folder's name begins with that of the family, as those of models derived from it may not.
    """

    name: str
    parsers: tuple[str, ...]
    clear: bool


@cache
def families() -> Sequence[dict[str, Any]]:
    """The rows of the chart's table, from which toolCallParser: auto takes the parser."""
    rows: Sequence[dict[str, Any]] = read_values(CHART / "files" / "vllm-parsers.yaml").values["families"]
    return rows


def family(server: ProgramContainer, flag: str) -> Family | None:
    """The family of a vLLM's model; None if its name is unknown, or nothing is known about the flag."""
    folder = str(server.value("model")).rstrip("/").rpartition("/")[2].lower()
    row = next((row for row in families() if re.search(row["pattern"], folder)), None)
    if row is None or KINDS.get(flag) not in row:
        return None
    clear = bool(row.get("clear")) and flag == "--tool-call-parser" and bool(re.match(row["pattern"], folder))
    return Family(row["family"], tuple(row[KINDS[flag]]), clear)
