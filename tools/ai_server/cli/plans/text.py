"""Prints plans of memory as text: a bar for each pool and a line for each segment, on request with all terms."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from ai_server.cli.plans.bars import bar
from ai_server.cli.plans.lines import INDENT, VERDICT_STYLES, Paper
from ai_server.cli.plans.rows import Row, print_rows
from ai_server.cli.plans.words import WHERE, amount, grouped, keys, known, least, program, room, summary, use, waiting
from ai_server.cli.plans.words import heading as ways_to
from ai_server.memory.plan import NodePlan, Pool, Segment

if TYPE_CHECKING:
    from rich.console import Console


def text(plans: Sequence[NodePlan], console: "Console", *, terms: bool = False) -> None:
    """Prints plans, with nodes of equal plans as one, and how many fit. terms: each term with its source as well."""
    paper = Paper(console)
    for group in grouped(plans):
        heading(paper, group.title, group.plan.board, Text(group.plan.verdict, VERDICT_STYLES[group.plan.verdict]))
        for pool in group.plan.pools:
            _pool(paper, pool, len(group.plan.pools) > 1, terms)
        listed(paper, ways_to(group.plan), group.plan.ways)
        listed(paper, "Notes:", group.plan.notes)
        paper.line()
    bound(paper, plans)
    if terms and plans:
        paper.paragraph(WHERE)
    paper.paragraph(summary(plans))


def heading(paper: Paper, title: str, board: str, verdict: Text) -> None:
    """Prints the names of nodes, their board and the verdict."""
    left = Text(title, "bold")
    if board:
        left.append(f"  {board}", "not bold")
    paper.ends(left, verdict)


def bound(paper: Paper, plans: Sequence[NodePlan]) -> None:
    """Says what stands for the uncertain part of upper bounds in bars, if there are any."""
    segments = (segment for plan in plans for pool in plan.pools for segment in pool.loaded)
    if any(segment.certain < segment.bytes for segment in segments):
        paper.paragraph(f"{paper.signs[2]}{paper.signs[2]} is not certain: it is the rest of an upper bound")


def listed(paper: Paper, title: str, sentences: Sequence[str]) -> None:
    """Prints sentences below a title, if there are any."""
    if sentences:
        paper.line(f"{' ' * INDENT}{title}")
    for sentence in sentences:
        paper.paragraph(sentence, f"{' ' * INDENT}- ")


def _pool(paper: Paper, pool: Pool, several: bool, terms: bool) -> None:
    left = Text(f"{' ' * INDENT}{pool.name}: {use(pool)}")
    right = Text(room(pool), VERDICT_STYLES[pool.verdict])
    if several and pool.verdict not in ("fits", "unknown"):
        right = Text(f"{pool.verdict}, {room(pool)}", VERDICT_STYLES[pool.verdict])
    paper.ends(left, right)
    drawn = bar(pool, paper.width - INDENT - 1)
    paper.bar(drawn)
    if pool.size and pool.free < 0:
        paper.excess(drawn, room(pool))
    print_rows(paper, list(_rows(pool, terms)))


def _rows(pool: Pool, terms: bool) -> Iterator[Row]:
    for key, segment in zip(keys(pool), pool.loaded, strict=True):
        yield from _segment(key, segment, terms)
    later = waiting(pool)
    if later:
        yield Row("", "loaded in turn with these, so not counted:")
    for segment in later:
        yield from _segment("", segment, terms)


def _segment(key: str, segment: Segment, terms: bool) -> Iterator[Row]:
    """The line of a segment, and on request one for each term."""
    style = "bold" if terms else ""
    yield Row(key, segment.name, program(segment), amount(segment.bytes), known(segment), style)
    if terms:
        for term in segment.terms:
            bound = "" if term.certain == term.bytes else f"{least(term)}; "
            yield Row("", f"  {term.name}", "", amount(term.bytes), f"{term.where:<6}  {bound}{term.source}")
