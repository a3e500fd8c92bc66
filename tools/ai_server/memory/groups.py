"""The weights of a layer that flags can leave in the memory of the machine: its experts, and its feed-forward part."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

Kind = Literal["experts", "feed_forward"]
EXPERTS = re.compile(r"blk\.\d+\.ffn_(up|down|gate|gate_up)_(ch|)exps")
"""Those of --cpu-moe and --n-cpu-moe: LLM_FFN_EXPS_REGEX in common/common.h of b11434."""
FEED_FORWARD = re.compile(r"blk\.\d+\.ffn_(up|down|gate)\.")
"""Those of --n-cpu-ffn: LLM_FFN_DENSE_REGEX, in the same file."""


@dataclass(frozen=True)
class Group:
    """Tensors of a layer: their bytes on the host and on a GPU, and those of the largest on a GPU."""

    host: int = 0
    device: int = 0
    largest: int = 0

    def __add__(self, other: Group) -> Group:
        return Group(self.host + other.host, self.device + other.device, max(self.largest, other.largest))


NONE = Group()


def kind_of(name: str) -> Kind | None:
    """The group that a tensor belongs to."""
    if EXPERTS.search(name):
        return "experts"
    return "feed_forward" if FEED_FORWARD.search(name) else None


def of_layers(groups: dict[tuple[Kind, int], Group], kind: Kind) -> tuple[Group, ...]:
    """The groups of a kind by layer, from a map by kind and layer; () if no layer has one."""
    count = max((layer for each, layer in groups if each == kind), default=-1) + 1
    return tuple(groups.get((kind, layer), NONE) for layer in range(count))


def as_runs(groups: tuple[Group, ...]) -> list[list[int]]:
    """Groups of layers as a facts file has them: how many layers are alike, then the three numbers of each."""
    return [[len(list(alike)), group.host, group.device, group.largest] for group, alike in groupby(groups)]


def from_runs(runs: Iterable[Iterable[int]]) -> tuple[Group, ...]:
    """The groups that as_runs() made; TypeError or ValueError if something else is there."""
    found: list[Group] = []
    for run in runs:
        count, host, device, largest = map(int, run)
        found += [Group(host, device, largest)] * count
    return tuple(found)
