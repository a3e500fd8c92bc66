"""The figures of programs.yaml: what programs take that no file and no setting tells, with a source each."""

from collections.abc import Mapping
from functools import cache
from typing import Literal, TypedDict, cast

from ai_server.memory.terms import Term
from ai_server.reading.data import read_data

MB = 10**6


class Kind(TypedDict, total=False):
    """A row of comfyui in programs.yaml."""

    name: str
    form: str
    factor: float
    cells: int
    decode: int
    decode_cells: int
    together: int
    source: str


class Whisper(TypedDict):
    """A row of whisper in programs.yaml."""

    form: str
    parameters: int
    source: str


def process(program: Literal["vllm", "comfyui", "speaches"]) -> Term:
    """What a program's processes keep on the host without a model."""
    row = cast(dict[str, dict[str, object]], figures()["processes"])[program]
    return Term("process", megabytes(row, "host"), "host", str(row["source"]))


def cuda() -> Term:
    """What CUDA and its libraries take of the device for a process."""
    row = section("cuda")
    return Term("CUDA context", megabytes(row, "most"), "device", str(row["source"]), megabytes(row, "least"))


def megabytes(row: Mapping[str, object], key: str) -> int:
    """The bytes of a figure in MB."""
    return int(cast(int, row[key])) * MB


def section(name: str) -> Mapping[str, object]:
    """A part of the file that is one row."""
    return cast(Mapping[str, object], figures()[name])


@cache
def figures() -> Mapping[str, object]:
    """The content of programs.yaml."""
    return cast(Mapping[str, object], read_data(__file__, "programs.yaml"))
