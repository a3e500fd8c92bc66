"""What a picture shows: a card for each group of nodes, with a bar for each pool."""

from collections.abc import Sequence
from dataclasses import dataclass

from ai_server.cli.plans.words import Group, amount, grouped, heading, room, use, waiting
from ai_server.memory.plan import NodePlan, Pool, Verdict


@dataclass(frozen=True)
class Band:
    """A bar of a card. caption: what it is; below: sentences; letters: the keys of its segments, if not a, b, c, ..."""

    caption: str
    pool: Pool
    below: tuple[str, ...] = ()
    letters: tuple[str, ...] = ()


@dataclass(frozen=True)
class Card:
    """Nodes with a bar for each pool. words: the verdict; sentences: what is below all bars, with its heading."""

    title: str
    board: str
    verdict: Verdict
    words: str
    bands: tuple[Band, ...]
    heading: str = ""
    sentences: tuple[str, ...] = ()

    @property
    def described(self) -> str:
        """All of it in sentences, for those who do not see it."""
        start = f"{self.title}{f' ({self.board})' if self.board else ''}: {self.words}."
        return " ".join((start, *map(_described, self.bands), self.heading, *self.sentences)).rstrip()


def _described(band: Band) -> str:
    parts = ", ".join(f"{segment.name} {amount(segment.bytes)}" for segment in band.pool.loaded)
    return " ".join((f"{band.caption}: {use(band.pool)}, {room(band.pool)}: {parts}.", *band.below))


def cards(plans: Sequence[NodePlan]) -> list[Card]:
    """A card for each group of nodes with equal plans."""
    return [card(group) for group in grouped(plans)]


def card(group: Group) -> Card:
    """The card of a group."""
    plan = group.plan
    bands = tuple(Band(pool.name, pool, in_turn(pool)) for pool in plan.pools)
    return Card(group.title, plan.board, plan.verdict, plan.verdict, bands, heading(plan), plan.ways)


def in_turn(pool: Pool) -> tuple[str, ...]:
    """A sentence about the models that take turns with others, if there are any."""
    later = [f"{segment.name} ({amount(segment.bytes)})" for segment in waiting(pool)]
    return (f"Loaded in turn, so not counted: {', '.join(later)}.",) if later else ()
