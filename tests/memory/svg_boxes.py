"""Where the texts and shapes of an SVG are, for tests of pictures."""

from dataclasses import dataclass
from itertools import combinations
from xml.etree.ElementTree import Element, fromstring

from ai_server.cli.plans.letters import width

NAMESPACE = "{http://www.w3.org/2000/svg}"
ABOVE, BELOW = 0.76, 0.22
"""How far letters reach above and below their base line, in font sizes."""


@dataclass(frozen=True)
class Box:
    """A rectangle. words: the text or the class of it."""

    words: str
    left: float
    right: float
    top: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


def texts(svg: str) -> list[Box]:
    """The rectangles of all texts."""
    return [_text(element) for element in fromstring(svg).iter(f"{NAMESPACE}text")]


def _text(element: Element) -> Box:
    words, size = element.text or "", float(element.get("font-size", ""))
    across = width(words, size, bold="name" in element.get("class", "").split())
    x, y = float(element.get("x", "")), float(element.get("y", ""))
    left = {"start": x, "middle": x - across / 2, "end": x - across}[element.get("text-anchor", "start")]
    return Box(words, left, left + across, y - ABOVE * size, y + BELOW * size)


def rectangles(svg: str, kind: str) -> list[Box]:
    """The rectangles with a class, outside definitions."""
    found = []
    for element in fromstring(svg).findall(f"{NAMESPACE}rect"):
        if kind in element.get("class", "").split():
            x, y, across, down = (float(element.get(name, "0")) for name in ("x", "y", "width", "height"))
            found.append(Box(element.get("class", ""), x, x + across, y, y + down))
    return found


def overlaps(svg: str) -> list[tuple[str, str]]:
    """The texts that overlap another one, or reach out of the picture."""
    root = fromstring(svg)
    breadth, height = float(root.get("width", "")), float(root.get("height", ""))
    boxes = texts(svg)
    outside = [
        (box.words, "outside")
        for box in boxes
        if box.left < 0 or box.top < 0 or box.right > breadth + 0.1 or box.bottom > height
    ]
    return outside + [(a.words, b.words) for a, b in combinations(boxes, 2) if a.meets(b)]
