"""Where a YAML parser gave up, and the cause of it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ai_server.reading.yamllines import Scan


@dataclass(frozen=True)
class Cause:
    """Where the mistake is, what it is, and the fix; line and column count from 1. tab: whether it is a tab; odd:
    whether spaces that only look like spaces are the mistake.
    """

    line: int
    column: int
    message: str
    hint: str
    tab: bool = False
    odd: bool = False


@dataclass(frozen=True)
class Failure:
    """Where the parser gave up, and where what it was reading began; lines and columns from 1, 0 if unknown."""

    line: int
    column: int
    problem: str
    context: str
    begun_line: int
    begun_column: int


Search = Callable[[Sequence[str], Scan, Failure], Iterator[Cause]]
"""Yields what may be the cause of a failure, the most probable first: from the lines, and what they are read as."""
