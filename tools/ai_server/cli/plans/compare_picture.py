"""Plans before and after a change as a picture (SVG) and as a page (HTML)."""

from collections.abc import Iterator, Sequence
from html import escape

from ai_server.cli.plans.cards import Band, Card, in_turn
from ai_server.cli.plans.compare import Change, NodePair, PoolPair, pairs
from ai_server.cli.plans.page import header, listed, page, titled
from ai_server.cli.plans.picture import picture
from ai_server.cli.plans.words import amount, difference, heading, program, room, summary, use
from ai_server.memory.plan import NodePlan, Segment

ARROW = "→"
TITLE = "Memory plan, before and after"
COLUMNS = ("model", "program", "before", "after", "difference", "what changed")
AMOUNTS = ("before", "after", "difference")


def compared_svg(before: Sequence[NodePlan], after: Sequence[NodePlan]) -> str:
    """Plans before and after as an SVG file."""
    return picture(list(map(_card, pairs(before, after))), TITLE, _summary(before, after))


def compared_html(before: Sequence[NodePlan], after: Sequence[NodePlan]) -> str:
    """Plans before and after as an HTML file."""
    both = pairs(before, after)
    return page(TITLE, _summary(before, after), list(map(_card, both)), map(_section, both))


def _summary(before: Sequence[NodePlan], after: Sequence[NodePlan]) -> str:
    old, new = summary(before), summary(after)
    return f"before and after: {new}" if old == new else f"before: {old}; after: {new}"


def _card(pair: NodePair) -> Card:
    """A card with two bars for each pool, or without any if nothing changed."""
    words = pair.words(ARROW)
    if pair.same:
        return Card(pair.title, pair.plan.board, pair.verdict, words, ())
    several = len(pair.pools) > 1
    bands = tuple(band for pools in pair.pools for band in _bands(pools))
    sentences = tuple(
        f"{f'{pools.name}: ' if several else ''}{_sentence(change)}"
        for pools in pair.pools
        for change in pools.changed
        if pools.before and pools.after
    )
    return Card(pair.title, pair.plan.board, pair.verdict, words, bands, "Differences:" if sentences else "", sentences)


def _bands(pair: PoolPair) -> Iterator[Band]:
    if pair.same and pair.after:
        yield Band(f"{pair.name}, no change", pair.after, in_turn(pair.after))
        return
    for side, pool in (("before", pair.before), ("after", pair.after)):
        if pool:
            yield Band(f"{pair.name}, {side}", pool, in_turn(pool), tuple(pair.keys(pool)))


def _sentence(change: Change) -> str:
    more = f" {difference(change.difference)}," if change.difference else ":"
    return f"{change.segment.name}{more} {change.words(ARROW)}"


def _section(pair: NodePair) -> str:
    tables = "" if pair.same else "".join(map(_table, pair.pools))
    ways = listed(heading(pair.after), pair.after.ways) if pair.after else ""
    head = titled(pair.title, pair.plan.board, pair.verdict, pair.words(ARROW))
    return f"<section>\n{head}{tables}{ways}</section>\n"


def _table(pair: PoolPair) -> str:
    states = [f"{use(pool)}, {room(pool)}" for pool in (pair.before, pair.after) if pool]
    rows = "\n".join(map(_row, pair.changes))
    total = [amount(pool.used) if pool else "" for pool in (pair.before, pair.after)]
    cells = "".join(f'<td class="amount">{cell}</td>' for cell in (*total, difference(pair.difference)))
    return (
        f"<h3>{escape(pair.name)}: {f' {ARROW} '.join(states)}</h3>\n"
        '<table class="compared">\n'
        f"<thead><tr>{header(COLUMNS, AMOUNTS)}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n"
        f'<tfoot><tr><th scope="row">planned</th><td></td>{cells}<td></td></tr></tfoot>\n</table>\n'
    )


def _row(change: Change) -> str:
    sizes = [_size(segment) for segment in (change.before, change.after)]
    cells = "".join(f'<td class="amount">{cell}</td>' for cell in (*sizes, difference(change.difference)))
    words = change.words(ARROW) if change.before != change.after else "as before"
    if change.difference and change.before and change.after and change.before.loaded == change.after.loaded:
        words = "changed"
    name, of = escape(change.segment.name), escape(program(change.segment))
    return f'<tr class="sum"><th scope="row">{name}</th><td>{of}</td>{cells}<td>{words}</td></tr>'


def _size(segment: Segment | None) -> str:
    """What a segment takes; in brackets if it is not counted, because it takes turns with others."""
    if segment is None:
        return ""
    return amount(segment.bytes) if segment.loaded else f"({amount(segment.bytes)})"
