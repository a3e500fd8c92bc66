"""Plans of memory as one self-contained picture (SVG): bars of all nodes on one scale."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from ai_server.cli.plans.band import draw
from ai_server.cli.plans.cards import Card, cards
from ai_server.cli.plans.drawing import MARGIN, NAME, SMALL, TITLE, Drawing, number
from ai_server.cli.plans.letters import LINE, shortened, width
from ai_server.cli.plans.style import CLASSES, FONT, css, patterns, shape
from ai_server.cli.plans.words import PROGRAMS, summary
from ai_server.memory.plan import NodePlan
from ai_server.memory.terms import GIB

WIDE, NARROW = 840, 360
"""Widths of a picture: of a README, and of a phone."""
SCOPE = ".plan"
"""The class of a picture, for its style sheet."""
TICK = 76.0
"""The least distance of the numbers of the scale."""
SIGN, BETWEEN = 24.0, 10.0
"""The room of a verdict's shape, and between bars."""


def svg(plans: Sequence[NodePlan]) -> str:
    """Plans as an SVG file. The same plans give the same bytes."""
    return picture(cards(plans), "Memory plan", summary(plans))


def picture(shown: Sequence[Card], title: str, result: str, breadth: int = WIDE, *, styled: bool = True) -> str:
    """Cards as an SVG. result: what they say together. styled: False on a page that has the style sheet."""
    prefix = f"plan-{breadth}"
    drawing = Drawing(breadth)
    scale = max((max(band.pool.size, band.pool.used) for card in shown for band in card.bands), default=0) or GIB
    drawing.paragraph(title, "name", TITLE)
    drawing.paragraph(result)
    drawing.y += 6
    drawing.legend(_legend(shown, prefix))
    _axis(drawing, scale)
    for card in shown:
        _card(drawing, card, scale, prefix)
    height = number(drawing.y + MARGIN)
    described = " ".join(card.described for card in shown)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{SCOPE[1:]}" viewBox="0 0 {breadth} {height}" '
        f'width="{breadth}" height="{height}" role="img" aria-labelledby="{prefix}-title {prefix}-text" '
        f'font-family="{FONT}">\n'
        f'<title id="{prefix}-title">{escape(f"{title}: {result}")}</title>\n'
        f'<desc id="{prefix}-text">{escape(described)}</desc>\n'
        f"{f'<style>{css(SCOPE)}</style>' if styled else ''}\n{patterns(prefix)}\n"
        f'<rect class="page" width="{breadth}" height="{height}" rx="6"/>\n'
        + "\n".join(drawing.elements)
        + "\n</svg>\n"
    )


def _legend(shown: Sequence[Card], prefix: str) -> list[tuple[str, str, str]]:
    """What colours, patterns and lines mean, of those that there are."""
    pools = [band.pool for card in shown for band in card.bands]
    kinds = {segment.kind for pool in pools for segment in pool.loaded}
    entries: list[tuple[str, str, str]] = [(kind, "", name) for kind, name in PROGRAMS.items() if kind in kinds]
    if any(segment.certain < segment.bytes for pool in pools for segment in pool.loaded):
        entries.append((f"url(#{prefix}-bound) system", "", "not certain: an upper bound"))
    if any(pool.size for pool in pools):
        entries.append(("limit", "", "limit"))
    if any(pool.size and pool.free < 0 for pool in pools):
        entries.append((f"url(#{prefix}-over) over", "", "beyond the limit"))
    return entries


def _axis(drawing: Drawing, scale: int) -> None:
    """Draws the scale that all bars share."""
    across = drawing.right - drawing.left
    step = 1
    while step * GIB / scale * across < TICK:
        step *= 2
    drawing.y += SMALL + 4
    ticks = range(0, scale // GIB + 1, step)
    for place in ticks:
        x = drawing.left + place * GIB / scale * across
        words = str(place) if place else "0 GiB"
        half = width(words, SMALL) / 2
        anchor, at = (
            ("start", drawing.left)
            if not place
            else ("end", drawing.right)
            if x + half > drawing.right
            else ("middle", x)
        )
        drawing.text(words, at, drawing.y, SMALL, "soft", anchor)
        drawing.line(
            "axis", f"M{number(min(max(x, drawing.left + 0.5), drawing.right - 0.5))} {number(drawing.y + 4)}v5"
        )
    drawing.line("axis", f"M{number(drawing.left)} {number(drawing.y + 9)}H{number(drawing.right)}")
    drawing.y += 12


def _card(drawing: Drawing, card: Card, scale: int, prefix: str) -> None:
    drawing.y += 16
    top = drawing.y
    room = drawing.right - drawing.left - SIGN
    across = width(card.words, NAME, bold=True)
    drawing.add(shape(card.verdict, drawing.left, top))
    drawing.y += NAME - 1
    title = shortened(card.title, NAME, room - across - 12, bold=True)
    drawing.text(title, drawing.left + SIGN, drawing.y, NAME, "name")
    drawing.text(card.words, drawing.right, drawing.y, NAME, f"name {CLASSES[card.verdict]}", "end")
    after = SIGN + width(title, NAME, bold=True) + 12
    if card.board and after + width(card.board, SMALL) + 12 + across <= drawing.right - drawing.left:
        drawing.text(card.board, drawing.left + after, drawing.y, SMALL, "soft")
    elif card.board:
        drawing.y += NAME * LINE
        drawing.text(shortened(card.board, SMALL, room), drawing.left + SIGN, drawing.y, SMALL, "soft")
    drawing.y += 8
    for place, band in enumerate(card.bands):
        drawing.y += BETWEEN if place else 0
        draw(drawing, band, scale, prefix)
    drawing.y += 4
    if card.heading:
        drawing.paragraph(card.heading, "name")
    for sentence in card.sentences:
        drawing.paragraph(sentence, "", first="•")
