"""Facts about boards, from boards.yaml: memory, bandwidth, and what of llama.cpp runs there; and llama.cpp's images.

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

An image has platforms (the processors that it is built for), accelerator, and cuda: its version of CUDA, if any.
"""

import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Generic, Literal, TypeVar, get_args

from ai_server.errors import UserError
from ai_server.reading.data import read_data

AcceleratorName = Literal["rocm", "vulkan", "cuda", "sycl", "cpu"]
LLAMA_CPP = "ggml-org/llama.cpp"
"""The repository of llama.cpp's own images, without its registry."""
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
    """A variant of llama.cpp's image; see above."""

    name: str
    accelerator: AcceleratorName
    platforms: tuple[str, ...]
    source: Source
    cuda: int = 0

    @property
    def word(self) -> str:
        """What tells its tags apart: rocm, cuda13, intel, ...; server for the one without a GPU."""
        return self.name.removeprefix("server-")


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
    return read_boards(_table())


@cache
def images() -> dict[str, Image]:
    """Every image of llama.cpp by its name."""
    return read_images(_table())


def image_for(accelerator: str, cuda: int) -> Image:
    """The image of an accelerator, which the chart selects; cuda: the version of CUDA, which others ignore."""
    return next(image for image in images().values() if image.accelerator == accelerator and image.cuda in (0, cuda))


def image_of_tag(tag: str) -> Image | None:
    """The image that has a tag such as server-rocm or server-b11434; None if it is another one."""
    return images().get(re.sub(r"-b\d+$", "", tag))


def read_boards(table: dict[str, Any]) -> dict[str, Board]:
    """The boards of a table; BadBoard for an invalid one."""
    sources, images = _sources(table), read_images(table)
    return {name: _board(name, entry, sources, images) for name, entry in table["boards"].items()}


def read_images(table: dict[str, Any]) -> dict[str, Image]:
    """The images of a table."""
    sources = _sources(table)
    return {
        name: Image(name, **entry | {"platforms": tuple(entry["platforms"]), "source": sources[entry["source"]]})
        for name, entry in table["images"].items()
    }


def _table() -> dict[str, Any]:
    table: dict[str, Any] = read_data(__file__, "boards.yaml")
    return table


def _sources(table: dict[str, Any]) -> dict[str, Source]:
    return {name: Source(name, **entry) for name, entry in table["sources"].items()}


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
    for accelerator, image in accelerators.items():
        if image.value.accelerator != accelerator:
            raise BadBoard(f"boards.yaml: {name}: {image.value.name} is not an image for {accelerator}")
    return board


def _figure(entry: dict[str, Any], sources: dict[str, Source]) -> Figure[Any]:
    value = entry.get("value")
    return Figure(tuple(value) if isinstance(value, list) else value, sources[entry["source"]])
