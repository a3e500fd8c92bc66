"""A bar of characters: the segments of a pool, what is free, and a mark where the memory ends."""

from collections.abc import Sequence
from dataclasses import dataclass

from ai_server.cli.plans.words import keys
from ai_server.memory.plan import Kind, Pool


@dataclass(frozen=True)
class Run:
    """Cells of a bar that belong together. kind: of the segment, None for what is free; sure: how many are certain."""

    key: str
    cells: int
    kind: Kind | None
    sure: int


@dataclass(frozen=True)
class Bar:
    """A bar. limit: the cell before which the memory ends, or None if its size is unknown."""

    runs: tuple[Run, ...]
    limit: int | None

    @property
    def cells(self) -> int:
        """Its width, without the mark of the limit."""
        return sum(run.cells for run in self.runs)


def bar(pool: Pool, cells: int, scale: int = 0, letters: Sequence[str] = ()) -> Bar:
    """The bar of a pool. The scale in bytes spans the cells; it is at least the pool's size, and what is planned.

    letters: the keys of its segments in memory, if they are not a, b, c, ...
    """
    letters = letters or keys(pool)
    scale = max(scale, pool.size, pool.used, 1)
    amounts = [segment.bytes for segment in pool.loaded]
    if pool.size and pool.free >= 0:
        limit = max(1, round(pool.size * cells / scale))
        parts = shares([*amounts, pool.free], limit)
        return Bar((*_runs(pool, letters, parts), Run("", parts[-1], None, parts[-1])), limit)
    parts = shares([*amounts, scale - pool.used], cells)
    limit = min(cells - 1, max(1, pool.size * cells // scale))
    return Bar(_runs(pool, letters, parts), limit if pool.size else None)


def _runs(pool: Pool, letters: Sequence[str], parts: Sequence[int]) -> tuple[Run, ...]:
    runs = []
    for key, segment, cells in zip(letters, pool.loaded, parts, strict=False):
        sure = cells * segment.certain // segment.bytes if segment.bytes else 0
        runs.append(Run(key, cells, segment.kind, sure))
    return tuple(run for run in runs if run.cells)


def shares(amounts: Sequence[int], cells: int) -> list[int]:
    """Cells for each amount, in proportion; together exactly the cells.

    Each amount above 0 gets a cell, as long as there are enough; the largest give them.
    """
    total = sum(amounts)
    if not total:
        return [0] * len(amounts)
    parts = [size * cells // total for size in amounts]
    rest = sorted(range(len(amounts)), key=lambda place: (-(amounts[place] * cells % total), place))
    for place in rest[: cells - sum(parts)]:
        parts[place] += 1
    for place in sorted(range(len(amounts)), key=lambda place: -amounts[place]):
        if amounts[place] and not parts[place]:
            giver = max(range(len(parts)), key=lambda other: parts[other])
            if parts[giver] < 2:
                break
            parts[giver], parts[place] = parts[giver] - 1, 1
    return parts
