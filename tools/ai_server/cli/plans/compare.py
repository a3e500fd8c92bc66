"""Compares plans before and after a change: by node, pool and segment."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from string import ascii_letters

from ai_server.cli.plans.words import amount, printable, titled
from ai_server.memory.plan import NodePlan, Pool, Segment, Verdict

IN_TURN = "in turn with others"


@dataclass(frozen=True)
class Change:
    """A segment before and after; None where it does not exist."""

    before: Segment | None
    after: Segment | None

    @property
    def segment(self) -> Segment:
        """The segment after the change, or before it if it was removed."""
        segment = self.after or self.before
        assert segment
        return segment

    @property
    def difference(self) -> int:
        """The bytes that it takes more; of what is in memory together."""
        return counted(self.after) - counted(self.before)

    def words(self, arrow: str) -> str:
        """What changed: "new", "removed", the amounts, or that it takes turns now."""
        if self.before is None or self.after is None:
            state = "removed" if self.before else "new"
            return state if self.segment.loaded else f"{state} ({IN_TURN})"
        if self.before.loaded != self.after.loaded:
            return f"no longer {IN_TURN}" if self.after.loaded else f"now {IN_TURN}, so not counted"
        sizes = f"{amount(self.before.bytes)} {arrow} {amount(self.after.bytes)}"
        return sizes if self.after.loaded else f"{sizes} ({IN_TURN})"


def counted(segment: Segment | None) -> int:
    """The bytes of a segment that are in memory together with others."""
    return segment.bytes if segment and segment.loaded else 0


@dataclass(frozen=True)
class PoolPair:
    """A pool before and after; None where it does not exist. changes: of all its segments."""

    name: str
    before: Pool | None
    after: Pool | None
    changes: tuple[Change, ...]

    @property
    def difference(self) -> int:
        """The bytes that are planned more; the sum of its segments' differences."""
        return sum(change.difference for change in self.changes)

    @property
    def scale(self) -> int:
        """The bytes that both bars span."""
        return max(max(pool.size, pool.used) for pool in (self.before, self.after) if pool)

    @property
    def changed(self) -> list[Change]:
        """The changes of segments that differ."""
        return [change for change in self.changes if change.before != change.after]

    @property
    def same(self) -> bool:
        """Whether it is there before and after, and nothing changed."""
        return bool(self.before and self.after and self.before.size == self.after.size and not self.changed)

    def keys(self, side: Pool) -> list[str]:
        """Letters for the segments of a side, the same for the same segment on the other."""
        letters = {
            id(segment): ascii_letters[place] if place < len(ascii_letters) else "*"
            for place, change in enumerate(self.changes)
            for segment in (change.before, change.after)
        }
        return [letters[id(segment)] for segment in side.loaded]


@dataclass(frozen=True)
class NodePair:
    """Nodes whose plans are equal, before and after; None where they do not exist."""

    nodes: tuple[str, ...]
    before: NodePlan | None
    after: NodePlan | None
    pools: tuple[PoolPair, ...]

    @property
    def plan(self) -> NodePlan:
        """The plan after the change, or before it if the node was removed."""
        plan = self.after or self.before
        assert plan
        return plan

    @property
    def title(self) -> str:
        """Its node, or how many and which nodes."""
        return titled(self.nodes)

    @property
    def verdict(self) -> Verdict:
        """The verdict after the change."""
        return self.plan.verdict

    @property
    def same(self) -> bool:
        """Whether nothing that takes memory changed."""
        return bool(self.before and self.after) and all(pair.same for pair in self.pools)

    def words(self, arrow: str) -> str:
        """The verdict, or both if it changed."""
        if self.before is None or self.after is None:
            return f"removed (was: {self.verdict})" if self.before else f"new: {self.verdict}"
        if self.same:
            return f"{self.verdict}, no change"
        verdicts = (self.before.verdict, self.after.verdict)
        return f" {arrow} ".join(verdicts) if len(set(verdicts)) > 1 else f"{self.verdict}, as before"


def pairs(before: Sequence[NodePlan], after: Sequence[NodePlan]) -> list[NodePair]:
    """The nodes of both plans, in the order of those after; those that changed in the same way are one."""
    old, new = ({plan.node: plan for plan in plans} for plans in (before, after))
    alike: dict[object, list[str]] = {}
    for node in dict.fromkeys((*new, *old)):
        alike.setdefault((_content(old.get(node)), _content(new.get(node))), []).append(node)
    return [_pair(tuple(nodes), old.get(nodes[0]), new.get(nodes[0])) for nodes in alike.values()]


def _content(plan: NodePlan | None) -> object:
    return plan and (plan.board, plan.pools, plan.ways, plan.notes)


def _pair(nodes: tuple[str, ...], before: NodePlan | None, after: NodePlan | None) -> NodePair:
    old, new = (printable(plan) if plan else None for plan in (before, after))
    pools = [{pool.name: pool for pool in plan.pools} if plan else {} for plan in (old, new)]
    return NodePair(
        nodes, old, new, tuple(_pools(name, pools[0].get(name), pools[1].get(name)) for name in pools[1] | pools[0])
    )


def _pools(name: str, before: Pool | None, after: Pool | None) -> PoolPair:
    old, new = (_numbered(pool.segments if pool else ()) for pool in (before, after))
    return PoolPair(name, before, after, tuple(Change(old.get(key), new.get(key)) for key in new | old))


def _numbered(segments: Iterable[Segment]) -> dict[tuple[str, str, int], Segment]:
    """Segments by kind, name and which of those it is."""
    seen: Counter[tuple[str, str]] = Counter()
    numbered: dict[tuple[str, str, int], Segment] = {}
    for segment in segments:
        key = (segment.kind, segment.name)
        numbered[(*key, seen[key])] = segment
        seen[key] += 1
    return numbered
