"""Generates docs/hardware.md from kube/boards.yaml."""

from pathlib import Path
from typing import Any

from ai_server.kube.boards import Board, Figure, boards
from ai_server.paths import DOCS

FILE = DOCS / "hardware.md"
EXAMPLE_GB = 10
START = """# Hardware

<!-- Generated from tools/ai_server/kube/boards.yaml by `ai-server generate`. -->

What each board has, which of llama.cpp's images run on it, and how fast it can be at most. Every figure links to its
source. Other boards work as well if one of these images supports their GPU. In addition, every node can run llama.cpp
on its processor, with the image `server`.

**This project has none of these boards.** It tests llama.cpp on processors, and has tested it on an NVIDIA H200. What
the table says about GPUs is what the sources say; [reports are welcome](../CONTRIBUTING.md).
"""
COLUMNS = (
    "board",
    "memory",
    "bandwidth",
    f"dense model of {EXAMPLE_GB} GB",
    "processor",
    "GPU target",
    "accelerators and images",
    "tested here",
)
EXPECT = f"""
## What to expect

Each token that a model generates reads its weights once, so the bandwidth of the memory limits the speed of an answer:

    tokens per second <= bandwidth in GB/s / GB of weights that each token reads

A dense model reads all of its weights, about the size of its file; the column "dense model of {EXAMPLE_GB} GB" is this
bound. A mixture of experts reads a part: with 3 of 30 billion parameters active, about a tenth of its file. Real speeds
are lower, and fall as the context fills. Several requests at once share the reading, so together they get more tokens.
How fast a prompt is read depends on the GPU's computing power instead.

A tenth of the bound, or less, is a sign that the model runs on the processor.

## What is known about a board
"""


def hardware_page() -> dict[Path, str]:
    """The page by its path."""
    rows = [COLUMNS, ("---",) * len(COLUMNS), *map(_cells, boards().values())]
    table = [f"| {' | '.join(row)} |" for row in rows]
    known = [line for board in boards().values() for line in _known(board)]
    sources = {figure.source.name: figure.source for board in boards().values() for figure in board.figures}
    links = [f'[{name}]: {source.url} "{source.what}, read {source.date}"' for name, source in sorted(sources.items())]
    return {FILE: "\n".join([START, *table, EXPECT, *known, "", *links]) + "\n"}


def _cells(board: Board) -> tuple[str, ...]:
    accelerators = [
        f"{_linked(f'`{name}`', image)}: `{image.value.name}`" for name, image in board.accelerators.items()
    ]
    return (
        board.name,
        _memory(board),
        _linked(f"{board.bandwidth.value:g} GB/s", board.bandwidth),
        f"{board.most_tokens_per_second(EXAMPLE_GB):.0f} tokens/s",
        _linked(", ".join(board.platforms.value), board.platforms),
        _linked(board.target.value, board.target),
        "; ".join(accelerators) or "none: reached by its URL",
        board.tested or "no",
    )


def _memory(board: Board) -> str:
    if board.memory.value is None:
        return "the node's own"
    usable = f", {_linked(f'{board.usable.value:g} GiB usable', board.usable)}" if board.usable else ""
    shared = f", {_linked('unified', board.unified)}" if board.unified.value else ""
    return f"{_linked(f'{board.memory.value:g} GiB', board.memory)}{usable}{shared}"


def _known(board: Board) -> list[str]:
    texts = [_linked(note.value, note) for note in board.notes]
    texts += [f"measured by others: {_linked(speed.value, speed)}" for speed in board.measured]
    return [f"- **{board.name}**", *(f"  - {text}" for text in texts)] if texts else []


def _linked(text: str, figure: Figure[Any]) -> str:
    return f"[{text}][{figure.source.name}]"
