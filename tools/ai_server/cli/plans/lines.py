"""Lines of a plan as text: headings, paragraphs and bars, for a terminal of any width or a file."""

from typing import TYPE_CHECKING

from rich.text import Text

from ai_server.cli.plans.bars import Bar, Run

if TYPE_CHECKING:
    from rich.console import Console

COLOURS = {
    "system": "grey62",
    "pods": "grey78",
    "llama-server": "deep_sky_blue1",
    "vllm": "orange1",
    "comfyui": "plum2",
    "speaches": "sea_green3",
}
VERDICT_STYLES = {"fits": "bold green", "tight": "bold yellow", "does not fit": "bold red", "unknown": "bold magenta"}
BLOCKS, ASCII = "█▓░·┃└─┘", "=#:.|+-+"
"""The fills of segments in turn, what an upper bound adds, what is free, the limit, and the excess (three)."""
LEAST_WIDTH, LEAST_TEXT, WITHOUT_TERMINAL, INDENT = 30, 12, 80, 2


class Paper:
    """What lines are written on: a console with its width and its characters."""

    def __init__(self, console: "Console") -> None:
        self.console = console
        self.wraps = console.is_terminal
        self.width = max(LEAST_WIDTH, console.width if console.is_terminal else WITHOUT_TERMINAL)
        self.coloured = bool(console.color_system) and not console.no_color
        self.signs, self.arrow = (ASCII, "->") if console.options.ascii_only else (BLOCKS, "→")

    def line(self, text: Text | str = "", style: str = "") -> None:
        """Prints one line, never broken, with "?" for what the encoding of the file lacks."""
        line = Text(text, style) if isinstance(text, str) else text.copy()
        line.plain = line.plain.encode(self.console.encoding, "replace").decode(self.console.encoding)
        if self.wraps:
            self.console.print(line, soft_wrap=True, highlight=False)
        else:  # ten times as fast, which matters for a thousand nodes
            self.console.file.write(f"{line.plain}\n")

    def paragraph(self, text: str, first: str = "", style: str = "") -> None:
        """Prints text, on a terminal in lines that fit, which start below the end of first."""
        for place, part in enumerate(self.parts(text, self.width - len(first))):
            self.line(Text.assemble(" " * len(first) if place else first, (part, style)))

    def ends(self, left: Text, right: Text) -> None:
        """Prints one text at the left and one at the right end, or below if they do not fit."""
        gap = self.width - left.cell_len - right.cell_len
        if gap >= 2:
            self.line(left + " " * gap + right)
        else:
            for place, part in enumerate(left.wrap(self.console, self.width) if self.wraps else [left]):
                part.rstrip()
                self.line(Text.assemble(" " * INDENT if place else "", part))
            self.line(Text.assemble(" " * INDENT, right))

    def bar(self, drawn: Bar, before: str = " " * INDENT) -> None:
        """Prints a bar, which starts after some text. Neighbours of one colour have different fills."""
        line = Text(before)
        place, fill, last = 0, 1, None
        for run in drawn.runs:
            fill = 1 - fill if run.kind == last or not self.coloured else 0
            last = run.kind
            cells = self.signs[3] * run.cells
            if run.kind:
                cells = self.signs[fill] * run.sure + self.signs[2] * (run.cells - run.sure)
            self._run(line, run.key + cells[len(run.key) :], run, None if drawn.limit is None else drawn.limit - place)
            place += run.cells
        if place == drawn.limit:
            line.append(self.signs[4], "bold")
        self.line(line)

    def _run(self, line: Text, cells: str, run: Run, limit: int | None) -> None:
        """Appends the cells of a run, with the mark of the limit if it is before one of them."""
        colour = COLOURS[run.kind] if run.kind else "dim"
        start = len(line)
        if limit is not None and 0 <= limit < run.cells:
            line.append(cells[:limit], colour).append(self.signs[4], "bold red").append(cells[limit:], colour)
        else:
            line.append(cells, colour)
        if run.key:
            place = start + (1 if limit == 0 else 0)
            line.stylize(f"black on {colour}", place, place + 1)

    def excess(self, drawn: Bar, words: str, indent: int = INDENT) -> None:
        """Prints how far a bar goes beyond its limit, below it."""
        start, end = indent + (drawn.limit or 0), indent + drawn.cells
        left, middle, right = list(self.signs[5:8])
        if end - start >= len(words) + 5:
            words = f" {words} ".center(end - start - 1, middle)
            line = " " * start + left + words + right
        else:
            line = f"{words} {left}".rjust(start + 1) + middle * (end - start - 1) + right
        self.line(line, "red")

    def parts(self, text: str, width: int) -> list[str]:
        """Text in lines of a width on a terminal; in a file, as one."""
        if not self.wraps:
            return [text]
        return [line.plain.rstrip() for line in Text(text).wrap(self.console, max(width, LEAST_TEXT))] or [""]
