"""Draws a pool: its size, the segments with their names, what is free, the limit and what goes beyond it."""

from dataclasses import dataclass

from ai_server.cli.plans.cards import Band
from ai_server.cli.plans.drawing import GAP, SMALL, Drawing, number
from ai_server.cli.plans.letters import LINE, shortened, spread, width
from ai_server.cli.plans.style import CLASSES
from ai_server.cli.plans.words import amount, keys, room, use
from ai_server.memory.plan import Segment

HEIGHT, INSIDE, KEY_GAP, ROW = 42.0, 6.0, 13.0, 24.0
"""The height of a bar, the margin of a label in it, the least distance of keys, and the height of a row of them."""


@dataclass(frozen=True)
class Part:
    """A segment in a bar: where it starts and ends, and its key if its name does not fit in it."""

    segment: Segment
    start: float
    end: float
    key: str | None

    @property
    def middle(self) -> float:
        """The middle of it."""
        return (self.start + self.end) / 2


def draw(drawing: Drawing, band: Band, scale: int, prefix: str) -> None:
    """Draws a band. scale: the bytes that the picture is wide; prefix: of the patterns' ids."""
    pool = band.pool
    unit = (drawing.right - drawing.left) / scale
    end = drawing.left + pool.size * unit
    parts = _parts(band, drawing.left, unit)
    left = _room(drawing, band, parts, end)
    top = drawing.y
    if pool.size:
        drawing.rect("free", drawing.left + 0.5, top + 0.5, pool.size * unit - 1, HEIGHT - 1, ' rx="3"')
    for part in parts:
        _fill(drawing, part, top, unit, prefix)
    over = pool.size > 0 and pool.free < 0
    if over:
        drawing.rect("over", end, top + 1, -pool.free * unit - 1, HEIGHT - 2, f' style="fill:url(#{prefix}-over)"')
    for part in parts:
        certain = part.start + part.segment.certain * unit
        _label(drawing, part, top, min(certain, end) if over else certain)
    if left:
        x, anchor, kind = left
        drawing.text(room(pool), x, top + HEIGHT / 2 + SMALL / 3, SMALL, kind, anchor)
    if pool.size:
        drawing.line("limit", f"M{number(max(end - 1, drawing.left + 1))} {number(top - 4)}v{number(HEIGHT + 8)}")
    drawing.y = top + HEIGHT + 7
    _keys(drawing, [part for part in parts if part.key is not None], top)
    for sentence in band.below:
        drawing.paragraph(sentence)


def _room(drawing: Drawing, band: Band, parts: list[Part], end: float) -> tuple[float, str, str] | None:
    """Writes what the band is; returns where what is left goes: into the bar, or next to it. None: it went above."""
    pool = band.pool
    kind = "soft" if pool.verdict == "fits" else f"name {CLASSES[pool.verdict]}"
    across = width(room(pool), SMALL, bold=True)
    used = max((part.end for part in parts), default=drawing.left)
    drawing.y += SMALL
    drawing.text(
        shortened(f"{band.caption}: {use(pool)}", SMALL, drawing.right - drawing.left), drawing.left, drawing.y
    )
    here: tuple[float, str, str] | None = None
    if used + across + 2 * INSIDE <= end:
        here = (end - INSIDE - 1, "end", kind)
    elif max(used, end) + across + INSIDE + 2 <= drawing.right:
        here = (max(used, end) + INSIDE + 2, "start", kind)
    else:
        before = width(f"{band.caption}: {use(pool)}", SMALL)
        drawing.y += 0 if before + GAP + across <= drawing.right - drawing.left else SMALL * LINE
        drawing.text(room(pool), drawing.right, drawing.y, SMALL, kind, "end")
    drawing.y += SMALL * (LINE - 1) + 4
    return here


def _parts(band: Band, left: float, unit: float) -> list[Part]:
    """Where the segments are; those whose name does not fit have keys: given ones, else in order."""
    parts: list[Part] = []
    used = 0
    letters = iter(keys(band.pool))
    for place, segment in enumerate(band.pool.loaded):
        start, end = left + used * unit, left + (used + segment.bytes) * unit
        used += segment.bytes
        across = max(width(segment.name, SMALL, bold=True), width(amount(segment.bytes), SMALL)) + 2 * INSIDE
        key = None if across <= end - start else band.letters[place] if band.letters else next(letters)
        parts.append(Part(segment, start, end, key))
    return parts


def _fill(drawing: Drawing, part: Part, top: float, unit: float, prefix: str) -> None:
    """Draws a segment, with a pattern over what is not certain."""
    kind, across = part.segment.kind, part.end - part.start
    if across < 3:
        drawing.rect(f"{kind} thin", part.start, top, across, HEIGHT)
        return
    drawing.rect(kind, part.start + 0.5, top + 0.5, across - 1, HEIGHT - 1, ' rx="2"')
    unsure = (part.segment.bytes - part.segment.certain) * unit
    if unsure > 2:
        drawing.rect("", part.end - unsure, top + 1, unsure - 1, HEIGHT - 2, f' style="fill:url(#{prefix}-bound)"')


def _label(drawing: Drawing, part: Part, top: float, clear: float) -> None:
    """Writes the name and the amount into a segment, or its key if that fits.

    clear: where patterns start; labels that reach further are on a plate.
    """
    size = amount(part.segment.bytes)
    if part.key is None:
        across = max(width(part.segment.name, SMALL, bold=True), width(size, SMALL))
        if part.start + INSIDE + across > clear:
            drawing.rect(f"{part.segment.kind} plate", part.start + 3, top + 4, across + 6, HEIGHT - 8, ' rx="2"')
        drawing.text(part.segment.name, part.start + INSIDE, top + 17.5, SMALL, "name")
        drawing.text(size, part.start + INSIDE, top + 33.5, SMALL)
    elif part.end - part.start >= KEY_GAP + 1:
        if part.middle + KEY_GAP / 2 > clear:
            plate = (part.middle - KEY_GAP / 2, top + HEIGHT / 2 - 9, KEY_GAP, 18)
            drawing.rect(f"{part.segment.kind} plate", *plate, ' rx="2"')
        drawing.text(part.key, part.middle, top + HEIGHT / 2 + SMALL / 3, SMALL, "name", "middle")


def _keys(drawing: Drawing, hidden: list[Part], top: float) -> None:
    """Writes the keys of segments that are too thin below the bar, and what the keys mean."""
    thin = [part for part in hidden if part.end - part.start < KEY_GAP + 1]
    low, high = drawing.left + KEY_GAP / 2, drawing.right - KEY_GAP / 2
    if thin and KEY_GAP * (len(thin) - 1) <= high - low:
        places = spread([part.middle for part in thin], KEY_GAP, low, high)
        for part, place in zip(thin, places, strict=True):
            start = f"M{number(part.middle)} {number(top + HEIGHT)}"
            drawing.line("leader", f"{start}v3L{number(place)} {number(top + HEIGHT + 9)}")
            drawing.text(part.key or "", place, top + HEIGHT + 9 + SMALL * 0.85, SMALL, "name", "middle")
        drawing.y = top + HEIGHT + ROW
    drawing.legend([(part.segment.kind, part.key or "", _meaning(part, drawing)) for part in hidden])


def _meaning(part: Part, drawing: Drawing) -> str:
    """The entry of a segment in the legend, with all of its amount."""
    size = f" {amount(part.segment.bytes)}"
    across = drawing.right - drawing.left - 3 * GAP - width(size, SMALL)
    return f"{shortened(part.segment.name, SMALL, across)}{size}"
