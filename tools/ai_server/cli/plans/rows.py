"""Rows of a plan as text: amounts below each other, each with what it is and how it is known."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from ai_server.cli.plans.lines import INDENT, Paper

KEY, GAP, BELOW = 3, 2, 7
"""Characters for the key, between columns, and before what has to go below a row."""
NEXT_TO = 24
"""What is more to know about a row is next to it if there are so many characters left."""


@dataclass(frozen=True)
class Row:
    """A line with an amount; without one, a sentence between others.

    key: the letter in the bar; label, then program: what it is; rest: what more to know.
    """

    key: str
    label: str
    program: str = ""
    amount: str = ""
    rest: str = ""
    style: str = ""


def print_rows(paper: Paper, rows: Sequence[Row]) -> None:
    """Prints rows with their columns below each other; if the terminal is too narrow, the label is above the rest."""
    amounts = [row for row in rows if row.amount]
    size = max((len(row.amount) for row in amounts), default=0)
    programs = max((len(row.program) + GAP for row in amounts if row.program), default=0)
    what = max((cell_len(row.label) + (programs if row.program else 0) for row in amounts), default=0)
    fits = not paper.wraps or INDENT + KEY + what + GAP + size <= paper.width
    for row in rows:
        if not row.amount:
            paper.paragraph(row.label, " " * INDENT)
            continue
        if fits:
            label = set_cell_size(row.label, what - (programs if row.program else 0))
            program = f"{'':<{GAP}}{row.program}".ljust(programs) if row.program else ""
            line = Text(f"{'':<{INDENT}}{row.key:<{KEY}}{label}{program}  {row.amount:>{size}}", row.style)
        else:
            _above(paper, row)
            line = Text(f"{'':<{BELOW}}{row.amount:>{size}}", row.style)
        _rest(paper, line, row.rest)


def _above(paper: Paper, row: Row) -> None:
    """Prints the label and the program of a row on lines of their own."""
    words = f"{row.label} ({row.program})" if row.program else row.label
    paper.paragraph(words.strip(), " " * INDENT + f"{row.key:<{KEY}}", row.style)


def _rest(paper: Paper, line: Text, rest: str) -> None:
    """Prints a line and the rest of its row: next to it, or on a narrow terminal below."""
    room = paper.width - line.cell_len - GAP
    if not rest:
        paper.line(line)
    elif not paper.wraps or room >= min(len(rest), NEXT_TO):
        for part in paper.parts(rest, room):
            paper.line(line + Text(" " * GAP + part, "not bold dim"))
            line = Text(" " * line.cell_len)
    else:
        paper.line(line)
        paper.paragraph(rest, " " * BELOW, "not bold dim")
