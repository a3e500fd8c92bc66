"""How wide text is in a picture, without its fonts: an upper bound for the usual system fonts."""

from functools import lru_cache
from unicodedata import combining, east_asian_width

LINE = 1.4
"""The height of a line of text, in font sizes."""
REGULAR = (
    (32, 41, 46, 84, 64, 96, 78, 28, 40, 40, 50, 84, 32, 37, 32, 34)
    + (64,) * 10
    + (34, 34, 84, 84, 84, 54, 100, 69, 69, 70, 78, 64, 58, 78, 76, 30, 30, 66, 56, 87, 75, 79, 61, 79, 70, 64, 62, 74)
    + (69, 99, 69, 62, 69, 40, 34, 40, 84, 50, 50, 62, 64, 55, 64, 62, 36, 64, 64, 28, 28, 58, 28, 98, 64, 62, 64, 64)
    + (42, 53, 40, 64, 60, 82, 60, 60, 53, 64, 34, 64, 84)
)
BOLD = (
    (35, 46, 53, 84, 70, 101, 88, 31, 46, 46, 53, 84, 38, 42, 38, 37)
    + (70,) * 10
    + (40, 40, 84, 84, 84, 59, 100, 78, 77, 74, 84, 69, 69, 83, 84, 38, 38, 78, 64, 100, 84, 86, 74, 86, 78, 73, 69, 82)
    + (78, 111, 78, 73, 73, 46, 37, 46, 84, 50, 50, 68, 72, 60, 72, 68, 44, 72, 72, 35, 35, 67, 35, 105, 72, 69, 72, 72)
    + (50, 60, 48, 72, 66, 93, 65, 66, 59, 72, 37, 72, 84)
)
"""The widths of the letters of ASCII in DejaVu Sans, the widest of the usual fonts, in hundredths of the font size."""
LATIN, OTHER = 112, 125
"""The most that other letters take: of European languages, and the rest."""
ELLIPSIS = "…"


@lru_cache(4096)
def width(text: str, size: float, *, bold: bool = False) -> float:
    """The most that text takes in a font size, in the unit of the size."""
    return size * sum(_hundredths(letter, BOLD if bold else REGULAR) for letter in text) / 100


def _hundredths(letter: str, table: tuple[int, ...]) -> int:
    code = ord(letter) - 32
    if 0 <= code < len(table):
        return table[code]
    if combining(letter):
        return 0
    return OTHER if (ord(letter) > 0x2FF and letter != ELLIPSIS) or east_asian_width(letter) in "WF" else LATIN


def shortened(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """Text that fits a width: as it is, or with an ellipsis in its middle, since names often differ at their ends."""
    if width(text, size, bold=bold) <= room:
        return text
    kept = len(text)
    while kept:
        kept -= 1
        end = kept // 2
        short = f"{text[: kept - end].rstrip()}{ELLIPSIS}{text[len(text) - end :].lstrip()}"
        if width(short, size, bold=bold) <= room:
            return short
    return ELLIPSIS


def wrapped(text: str, size: float, room: float) -> list[str]:
    """Text in lines that fit a width, broken between words, or in words that are longer than a line."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}" if line else word
        if line and width(longer, size) > room:
            lines.append(line)
            longer = word
        while len(longer) > 1 and width(longer, size) > room:
            fitting = next(
                count for count in range(len(longer) - 1, 0, -1) if count == 1 or width(longer[:count], size) <= room
            )
            lines.append(longer[:fitting])
            longer = longer[fitting:]
        line = longer
    return [*lines, line] if line else lines


def spread(wanted: list[float], gap: float, low: float, high: float) -> list[float]:
    """Places in their order, as near as they can be to the wanted ones, with a gap between them and within bounds.

    Neighbours that would be too near become a block around their mean.
    """
    blocks: list[tuple[float, int]] = []
    for number, place in enumerate(wanted):
        total, count = place - number * gap, 1
        while blocks and blocks[-1][0] / blocks[-1][1] > total / count:
            more, others = blocks.pop()
            total, count = total + more, count + others
        blocks.append((total, count))
    flat = [total / count for total, count in blocks for _ in range(count)]
    most = high - gap * (len(wanted) - 1)
    return [max(low, min(place, most)) + number * gap for number, place in enumerate(flat)]
