"""Elements of an SVG, escaped, one below the other."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from ai_server.cli.plans.letters import LINE, shortened, width, wrapped

TITLE, NAME, SMALL = 17.0, 14.0, 12.5
"""Font sizes: of the title, of nodes, of the rest."""
MARGIN, SWATCH, GAP = 16.0, 11.0, 14.0


def number(value: float) -> str:
    """A coordinate with at most one decimal."""
    return f"{round(value, 1):g}"


class Drawing:
    """Collects elements; y is where the next one starts."""

    def __init__(self, breadth: float) -> None:
        self.breadth = breadth
        self.left, self.right = MARGIN, breadth - MARGIN
        self.y = MARGIN
        self.elements: list[str] = []

    def add(self, element: str) -> None:
        """Adds an element as it is."""
        self.elements.append(element)

    def rect(self, kind: str, x: float, y: float, across: float, down: float, more: str = "") -> None:
        """Adds a rectangle of a class."""
        named = f' class="{kind}"' if kind else ""
        shape = f'x="{number(x)}" y="{number(y)}" width="{number(max(across, 0.1))}" height="{number(down)}"'
        self.add(f"<rect{named} {shape}{more}/>")

    def line(self, kind: str, path: str) -> None:
        """Adds a line of a class."""
        self.add(f'<path class="{kind}" d="{path}"/>')

    def text(self, text: str, x: float, y: float, size: float = SMALL, kind: str = "", anchor: str = "start") -> None:
        """Adds text, whose base line is at y."""
        more = f' class="{kind}"' if kind else ""
        more += f' text-anchor="{anchor}"' if anchor != "start" else ""
        self.add(f'<text x="{number(x)}" y="{number(y)}" font-size="{size:g}"{more}>{escape(text)}</text>')

    def paragraph(self, text: str, kind: str = "soft", size: float = SMALL, first: str = "") -> None:
        """Adds text in as many lines as it takes, which start to the right of what stands before the first."""
        indent = width(f"{first} ", size) if first else 0
        for place, line in enumerate(wrapped(text, size, self.right - self.left - indent)):
            self.y += size
            if first and not place:
                self.text(first, self.left, self.y, size, kind)
            self.text(line, self.left + indent, self.y, size, kind)
            self.y += size * (LINE - 1)

    def legend(self, entries: Sequence[tuple[str, str, str]]) -> None:
        """Adds entries next to each other, in as many lines as they take: class of the swatch, key or "", and text."""
        x = self.left
        for place, (kind, key, words) in enumerate(entries):
            sample = SWATCH * 2 if kind.startswith("url(") else SWATCH
            start = sample + 5 + (width(f"{key}i", SMALL, bold=True) if key else 0)
            words = shortened(words, SMALL, self.right - self.left - start)
            across = start + width(words, SMALL)
            if place and x + across > self.right:
                x, self.y = self.left, self.y + SMALL * LINE
            self.swatch(kind, x, self.y + 1, sample)
            if key:
                self.text(key, x + sample + 5, self.y + SMALL - 1.5, SMALL, "name")
            self.text(words, x + start, self.y + SMALL - 1.5, SMALL, "soft")
            x += across + GAP
        self.y += SMALL * LINE if entries else 0

    def swatch(self, kind: str, x: float, y: float, across: float) -> None:
        """Adds a sample of a class, or of a pattern over it: "url(#id) class"."""
        pattern, _, kind = kind.rpartition(" ")
        if kind == "limit":
            self.line("limit", f"M{number(x + SWATCH / 2)} {number(y - 1)}v{number(SWATCH + 2)}")
            return
        self.rect(kind, x + 0.5, y + 0.5, across - 1, SWATCH - 1, ' rx="2"')
        if pattern:
            self.rect("", x + 0.5, y + 0.5, across - 1, SWATCH - 1, f' style="fill:{pattern}"')
