"""Facts about boards, from boards.yaml: memory, bandwidth, and what of llama.cpp runs there.

A board has:
  name           as people call it
  external       true: it is no node of the cluster, but is reached by its URL
  memory         GiB, as sold ("128 GB"); without a value, the node's own memory counts
  usable         GiB that models can use, if fewer
  unified        true: processor and GPU share the memory
  bandwidth      GB/s
  platforms      processor architectures of the node
  target         GPU target: gfx1151, sm_120, ...
  accelerators   of llama.cpp, the usual one first: the image's variant for each; every node has cpu as well
  notes          what is known about it: texts
  measured       speeds that others measured: texts
  tested         what this project tested on it; without it, nothing
Each figure and text has a source.
"""

from dataclasses import dataclass, field
from functools import cache
from typing import Any, Generic, Literal, TypeVar, get_args

from ai_server.errors import UserError
from ai_server.reading.data import read_data

AcceleratorName = Literal["rocm", "vulkan", "cuda", "sycl", "cpu"]
T = TypeVar("T")


class BadBoard(UserError):
    """A table that does not have the form above."""


@dataclass(frozen=True)
class Source:
    """Where a figure comes from, and when it was read."""

    name: str
    what: str
    url: str
    date: str


@dataclass(frozen=True)
class Figure(Generic[T]):
    """A value with its source."""

    value: T
    source: Source


@dataclass(frozen=True)
class Image:
    """A variant of llama.cpp's image, and the processors that it is built for."""

    name: str
    platforms: tuple[str, ...]
    source: Source


@dataclass(frozen=True)
class Board:
    """A board; see above."""

    id: str
    name: str
    memory: Figure[float | None]
    unified: Figure[bool]
    bandwidth: Figure[float]
    platforms: Figure[tuple[str, ...]]
    target: Figure[str]
    usable: Figure[float] | None = None
    accelerators: dict[AcceleratorName, Figure[Image]] = field(default_factory=dict)
    external: bool = False
    notes: tuple[Figure[str], ...] = ()
    measured: tuple[Figure[str], ...] = ()
    tested: str = ""

    @property
    def figures(self) -> list[Figure[Any]]:
        """Every figure and text of it."""
        given = [self.memory, self.usable, self.unified, self.bandwidth, self.platforms, self.target]
        return [figure for figure in given if figure] + [*self.accelerators.values(), *self.notes, *self.measured]

    def most_tokens_per_second(self, gigabytes: float) -> float:
        """The upper bound for one answer at a time: each token reads that many gigabytes of weights once."""
        return self.bandwidth.value / gigabytes


@cache
def boards() -> dict[str, Board]:
    """Every board by its id."""
    table: dict[str, Any] = read_data(__file__, "boards.yaml")
    return read_boards(table)


def read_boards(table: dict[str, Any]) -> dict[str, Board]:
    """The boards of a table; BadBoard for an invalid one."""
    sources = {name: Source(name, **entry) for name, entry in table["sources"].items()}
    images = {name: _image(name, entry, sources) for name, entry in table["images"].items()}
    return {name: _board(name, entry, sources, images) for name, entry in table["boards"].items()}


def _image(name: str, entry: dict[str, Any], sources: dict[str, Source]) -> Image:
    return Image(name, tuple(entry["platforms"]), sources[entry["source"]])


def _board(name: str, entry: dict[str, Any], sources: dict[str, Source], images: dict[str, Image]) -> Board:
    try:
        figures: dict[str, Figure[Any]] = {
            key: _figure(entry[key], sources)
            for key in ("memory", "usable", "unified", "bandwidth", "platforms", "target")
            if key in entry
        }
        texts = {
            key: tuple(Figure(text["text"], sources[text["source"]]) for text in entry.get(key, ()))
            for key in ("notes", "measured")
        }
        accelerators = {
            accelerator: Figure(images[about["image"]], sources[about["source"]])
            for accelerator, about in entry.get("accelerators", {}).items()
        }
        plain = {key: value for key, value in entry.items() if key not in {*figures, *texts, "accelerators"}}
        fields: dict[str, Any] = {**plain, **figures, **texts}
        board = Board(id=name, accelerators=accelerators, **fields)
    except (KeyError, TypeError) as error:
        raise BadBoard(f"boards.yaml: {name}: {error}") from None
    if unknown := accelerators.keys() - set(get_args(AcceleratorName)):
        raise BadBoard(f"boards.yaml: {name}: {', '.join(sorted(unknown))} is not an accelerator of llama.cpp")
    return board


def _figure(entry: dict[str, Any], sources: dict[str, Source]) -> Figure[Any]:
    value = entry.get("value")
    return Figure(tuple(value) if isinstance(value, list) else value, sources[entry["source"]])
