"""Plans of memory as one self-contained page (HTML): the picture, for wide and for narrow screens, and all terms."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path

from ai_server.cli.plans.cards import Card, cards
from ai_server.cli.plans.picture import NARROW, SCOPE, WIDE, picture
from ai_server.cli.plans.style import CLASSES, css, shape
from ai_server.cli.plans.words import (
    WHERE,
    amount,
    grouped,
    heading,
    known,
    least,
    program,
    room,
    summary,
    use,
    waiting,
)
from ai_server.memory.plan import NodePlan, Pool, Segment

SHEET = Path(__file__).with_name("page.css")
COLUMNS = ("model and term", "program", "amount", "where", "how it is known")


def html(plans: Sequence[NodePlan]) -> str:
    """Plans as an HTML file. The same plans give the same bytes."""
    shown = [replace(card, heading="", sentences=()) for card in cards(plans)]
    sections = [*(_section(group.title, group.plan) for group in grouped(plans)), f'<p class="soft">{WHERE}</p>\n']
    return page("Memory plan", summary(plans), shown, sections)


def page(title: str, result: str, shown: Sequence[Card], sections: Iterable[str]) -> str:
    """A page with a picture of cards and sections below it."""
    pictures = "".join(
        f'<figure class="{kind}">{picture(shown, title, result, breadth, styled=False)}</figure>\n'
        for kind, breadth in (("wide", WIDE), ("narrow", NARROW))
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f"<title>{escape(f'{title}: {result}')}</title>\n"
        f"<style>{SHEET.read_text(encoding='utf-8')}{css(SCOPE)}</style>\n</head>\n<body>\n<main>\n"
        f"{pictures}{''.join(sections)}</main>\n</body>\n</html>\n"
    )


def titled(title: str, board: str, verdict: str, words: str) -> str:
    """The heading of a section: the shape of a verdict, nodes, board, and the verdict in words."""
    sign = f'<svg class="{SCOPE[1:]}" viewBox="-2 -2 20 20" width="20" height="20" aria-hidden="true">'
    return (
        f"<h2>{sign}{shape(verdict, 0, 0)}</svg><span>{escape(title)}</span><small>{escape(board)}</small>"
        f'<span class="verdict {CLASSES[verdict]}">{escape(words)}</span></h2>\n'
    )


def listed(title: str, sentences: Sequence[str]) -> str:
    """A list below a title; "" without sentences."""
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    return f"<h3>{escape(title)}</h3>\n<ul>{items}</ul>\n" if items else ""


def header(columns: Sequence[str], amounts: Sequence[str]) -> str:
    """The cells of a table's head; those of amounts are at the right."""
    kinds = (' class="amount"' if column in amounts else "" for column in columns)
    return "".join(f'<th scope="col"{kind}>{column}</th>' for kind, column in zip(kinds, columns, strict=True))


def _section(title: str, plan: NodePlan) -> str:
    head = titled(title, plan.board, plan.verdict, plan.verdict)
    more = listed(heading(plan), plan.ways) + listed("Notes", plan.notes)
    return f"<section>\n{head}{''.join(map(_table, plan.pools))}{more}</section>\n"


def _table(pool: Pool) -> str:
    rows = [row for segment in pool.loaded for row in _rows(segment)]
    if waiting(pool):
        rows.append('<tr><td colspan="5" class="soft">Loaded in turn with these, so not counted:</td></tr>')
    rows += [row for segment in waiting(pool) for row in _rows(segment)]
    kind = CLASSES[pool.verdict] if pool.verdict != "fits" else "soft"
    return (
        f'<h3>{escape(pool.name)}: {use(pool)}, <span class="{kind}">{room(pool)}</span></h3>\n<table>\n'
        f"<thead><tr>{header(COLUMNS, ('amount',))}</tr></thead>\n<tbody>\n"
        + "\n".join(rows)
        + f'\n</tbody>\n<tfoot><tr><th scope="row">planned</th><td></td><td class="amount">{amount(pool.used)}</td>'
        "<td></td><td></td></tr></tfoot>\n</table>\n"
    )


def _rows(segment: Segment) -> Iterator[str]:
    yield _row("sum", segment.name, program(segment), segment.bytes, "", known(segment))
    for term in segment.terms:
        bound = f"{least(term)}; " if term.certain < term.bytes else ""
        yield _row("term", term.name, "", term.bytes, term.where, bound + term.source)


def _row(kind: str, name: str, of: str, size: int, where: str, source: str) -> str:
    cells = (
        f'<td>{escape(of)}</td><td class="amount">{amount(size)}</td><td>{escape(where)}</td><td>{escape(source)}</td>'
    )
    return f'<tr class="{kind}"><th scope="row">{escape(name)}</th>{cells}</tr>'
