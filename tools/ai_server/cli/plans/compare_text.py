"""Prints plans before and after a change as text or JSON."""

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from ai_server.cli.plans import as_json
from ai_server.cli.plans.bars import bar
from ai_server.cli.plans.compare import PoolPair, counted, pairs
from ai_server.cli.plans.lines import INDENT, VERDICT_STYLES, Paper
from ai_server.cli.plans.rows import Row, print_rows
from ai_server.cli.plans.text import bound, heading, listed
from ai_server.cli.plans.words import difference, program, room, summary, use
from ai_server.cli.plans.words import heading as ways_to
from ai_server.memory.plan import NodePlan

if TYPE_CHECKING:
    from rich.console import Console


def compared_text(before: Sequence[NodePlan], after: Sequence[NodePlan], console: "Console") -> None:
    """Prints each node with two bars on one scale, and what changed; nodes without a change take a line."""
    paper = Paper(console)
    for pair in pairs(before, after):
        heading(paper, pair.title, pair.plan.board, Text(pair.words(paper.arrow), VERDICT_STYLES[pair.verdict]))
        if not pair.same:
            for pool in pair.pools:
                _pool(paper, pool)
            if pair.after:
                listed(paper, ways_to(pair.after), pair.after.ways)
            paper.line()
    bound(paper, [*before, *after])
    for words, plans in (("before", before), ("after", after)):
        paper.paragraph(summary(plans), f"{words:<6}  ")


def _pool(paper: Paper, pair: PoolPair) -> None:
    """Prints both bars of a pool, and the rows of segments that changed."""
    if pair.same and pair.after:
        paper.paragraph(f"{pair.name}: {use(pair.after)}, {room(pair.after)}, no change", " " * INDENT)
        return
    paper.line(f"{' ' * INDENT}{pair.name}")
    for words, pool in (("before", pair.before), ("after", pair.after)):
        start = f"{' ' * INDENT}{words:<6}  "
        if pool is None:
            paper.line(f"{start}(not there)", "dim")
            continue
        drawn = bar(pool, paper.width - len(start) - 1, pair.scale, pair.keys(pool))
        paper.bar(drawn, start)
        left, right = Text(f"{'':<{len(start)}}{use(pool)}"), Text(room(pool), VERDICT_STYLES[pool.verdict])
        paper.ends(left, right)
    print_rows(paper, list(_rows(paper, pair)))


def _rows(paper: Paper, pair: PoolPair) -> Iterator[Row]:
    letters = {
        id(segment): key
        for pool in (pair.before, pair.after)
        if pool
        for key, segment in zip(pair.keys(pool), pool.loaded, strict=True)
    }
    for change in pair.changed:
        segment = change.segment
        rest = change.words(paper.arrow)
        yield Row(letters.get(id(segment), ""), segment.name, program(segment), difference(change.difference), rest)
    if pair.changed:
        unchanged = len(pair.changes) - len(pair.changed)
        rest = f"{unchanged} unchanged" if unchanged else ""
        yield Row("", "planned", "", difference(pair.difference), rest, "bold")


def compared_json(before: Sequence[NodePlan], after: Sequence[NodePlan]) -> str:
    """Both plans as JSON, and what changed, in bytes. Keys are those of as_json, and in addition:

    nodes[]: node, before and after (plans of the node, or null), pools[]
    pools[]: name, difference (planned bytes more), segments[]: name, kind, before and after (bytes in memory together
             with others, or null), difference
    summary: before, after
    """
    old, new = ({plan.node: plan for plan in plans} for plans in (before, after))
    nodes = [
        {
            "node": node,
            "before": as_json.node(old[node]) if node in old else None,
            "after": as_json.node(new[node]) if node in new else None,
            "pools": list(map(_pool_json, pair.pools)),
        }
        for pair in pairs(before, after)
        for node in pair.nodes
    ]
    sums = {"before": as_json.summary(before), "after": as_json.summary(after)}
    return json.dumps({"nodes": nodes, "summary": sums}, indent=2)


def _pool_json(pair: PoolPair) -> dict[str, as_json.Data]:
    return {
        "name": pair.name,
        "difference": pair.difference,
        "segments": [
            {
                "name": change.segment.name,
                "kind": change.segment.kind,
                "before": None if change.before is None else counted(change.before),
                "after": None if change.after is None else counted(change.after),
                "difference": change.difference,
            }
            for change in pair.changes
        ],
    }
