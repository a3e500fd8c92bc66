"""The plan of a node: its pools of memory, and what takes part of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ai_server.memory.terms import GIB, Term

Verdict = Literal["fits", "tight", "does not fit", "unknown"]
Kind = Literal["system", "pods", "llama-server", "vllm", "comfyui", "speaches"]
TIGHT_SHARE, TIGHT_LEAST = 0.05, GIB
"""A pool is tight if less than this share of it stays free, or less than these bytes: 1 GiB is what llama-server's own
--fit leaves free (--fit-target, common/arg.cpp of b11434).
"""
WORST: tuple[Verdict, ...] = ("does not fit", "unknown", "tight", "fits")
"""The verdicts, the worst first."""


@dataclass(frozen=True)
class Segment:
    """One user of a pool: the system, other pods, or a program with one model.

    name: of the model, else of the program. known: how its facts are known: "file", "name" (of the file), "measured",
    "request", "reserve", or "nothing" for a model that may take more than its request. loaded: False for a model that
    takes turns with others (router mode) and is not in the largest set.
    """

    name: str
    kind: Kind
    terms: tuple[Term, ...]
    known: str = "file"
    loaded: bool = True

    @property
    def bytes(self) -> int:
        """What it takes, as planned."""
        return sum(term.bytes for term in self.terms)

    @property
    def certain(self) -> int:
        """What it takes at least."""
        return sum(term.certain for term in self.terms)


@dataclass(frozen=True)
class Pool:
    """A memory that is shared: that of a machine, or of one GPU. size 0: unknown."""

    name: str
    size: int
    segments: tuple[Segment, ...]

    @property
    def loaded(self) -> list[Segment]:
        """The segments that are in memory together."""
        return [segment for segment in self.segments if segment.loaded]

    @property
    def used(self) -> int:
        """The planned bytes of what is in memory together."""
        return sum(segment.bytes for segment in self.loaded)

    @property
    def certain(self) -> int:
        """The bytes that are taken at least."""
        return sum(segment.certain for segment in self.loaded)

    @property
    def free(self) -> int:
        """The bytes that stay free; negative for those that are short."""
        return self.size - self.used

    @property
    def verdict(self) -> Verdict:
        """fits, tight, does not fit, or unknown if that depends on what is not known."""
        if not self.size:
            return "unknown"
        if self.certain > self.size:
            return "does not fit"
        if self.used > self.size or any(segment.known == "nothing" for segment in self.loaded):
            return "unknown"
        return "tight" if self.free < margin(self.size) else "fits"


def margin(size: int) -> int:
    """The bytes of a pool that should stay free."""
    return max(TIGHT_LEAST, int(size * TIGHT_SHARE))


@dataclass(frozen=True)
class NodePlan:
    """A node with its pools. board: what it seems to be, or "". ways: how to make it fit; notes: what to know."""

    node: str
    board: str
    pools: tuple[Pool, ...]
    ways: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of its pools."""
        return worst(pool.verdict for pool in self.pools)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of some verdicts; fits if there are none."""
    return min(verdicts, key=WORST.index, default="fits")
