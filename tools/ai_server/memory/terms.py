"""What a program keeps in memory, term by term."""

from dataclasses import dataclass
from typing import Literal

MIB, GIB = 2**20, 2**30
Where = Literal["device", "host"]
"""device: the GPU's memory; host: that of the machine. With unified memory, both are one pool."""


@dataclass(frozen=True)
class Term:
    """An amount of memory: its name, its bytes as planned, and where they are.

    least: the bytes that are certain, if the plan is an upper bound; source: the formula or measurement behind it.
    """

    name: str
    bytes: int
    where: Where
    source: str
    least: int | None = None

    @property
    def certain(self) -> int:
        """The bytes that it takes at least."""
        return self.bytes if self.least is None else self.least
