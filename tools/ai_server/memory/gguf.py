"""Reads the header of a GGUF file: its metadata, and the names, types and shapes of its tensors, never their data.

It needs only the standard library of Python 3.8 or later, as do the modules that it imports: `ai-server inspect` also
runs their text on nodes. The format is documented in ggml/include/gguf.h of llama.cpp; the checks are those of its
ggml/src/gguf.cpp, build b11434.
"""

from __future__ import annotations

import os
import stat
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ai_server.memory.ggml_types import TYPES
from ai_server.memory.gguf_bytes import U32, Bytes, GgufError, seems

LONGEST_ARRAY, LONGEST_TEXT = 4096, 2**16
"""Longer arrays (in items) and texts (in bytes) are not kept, nor any array of strings: only their lengths are."""
FORMS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
"""The form of each type of numbers in Python's struct."""
STRING, ARRAY = 8, 9


@dataclass(frozen=True)
class Items:
    """An array or a text of which only the length is known. type: string, number, or byte for a long text."""

    type: str
    count: int


if TYPE_CHECKING:
    from typing import TypeAlias

    Value: TypeAlias = bool | int | float | str | list[bool | int | float] | Items
    """A value of the metadata."""


@dataclass(frozen=True)
class Tensor:
    """A tensor. type: such as q4_K; shape: in ggml's order, the fastest dimension first; bytes: what its data takes."""

    name: str
    type: str
    shape: tuple[int, ...]
    bytes: int


@dataclass(frozen=True)
class Header:
    """What a file says about itself. data_offset: where the data of tensors begins; file_bytes: the whole size."""

    version: int
    metadata: dict[str, Value]
    tensors: tuple[Tensor, ...]
    data_offset: int
    file_bytes: int
    path: str = ""

    def need(self, key: str) -> Value:
        """The value of a key; GgufError if the file does not have it."""
        if key not in self.metadata:
            raise GgufError(f"{self.path}: has no key {key}")
        return self.metadata[key]

    @property
    def architecture(self) -> str:
        """The name of the model's architecture, such as llama; GgufError if there is none."""
        name = self.need("general.architecture")
        if not isinstance(name, str):
            raise GgufError(f"{self.path}: general.architecture is not a name")
        return name


def read(path: str | os.PathLike[str]) -> Header:
    """The header of a GGUF file, version 2 or 3. GgufError if it is another file, or damaged, or incomplete."""
    name = os.fspath(path)
    try:
        status = os.stat(name)
        if not stat.S_ISREG(status.st_mode):
            raise GgufError(f"{name}: is {'a folder' if stat.S_ISDIR(status.st_mode) else 'a device or a pipe'}")
        with open(name, "rb", buffering=0) as file:
            return _header(Bytes(name, file, status.st_size))
    except (OSError, ValueError) as error:
        if isinstance(error, GgufError):
            raise
        raise GgufError(f"{name}: cannot be read: {getattr(error, 'strerror', None) or error}") from None


def _header(file: Bytes) -> Header:
    version = _version(file)
    tensors, keys = file.count("tensors", "the header"), file.count("keys", "the header")
    metadata: dict[str, Value] = {}
    for number in range(1, keys + 1):
        key = file.name_of(f"key {number} of {keys}")
        if key in metadata:
            raise file.wrong(f"is damaged: it has the key {key} twice")
        metadata[key] = _value(file, key, file.numbers(U32)[0])
    alignment = metadata.get("general.alignment", 32)
    if isinstance(alignment, bool) or not isinstance(alignment, int) or alignment < 1 or alignment & (alignment - 1):
        raise file.wrong("is damaged: general.alignment is not a power of 2")
    found: dict[str, Tensor] = {}
    end = 0
    for number in range(1, tensors + 1):
        tensor, offset = _tensor(file, f"tensor {number} of {tensors}")
        if tensor.name in found:
            raise file.wrong(f"is damaged: it has the tensor {tensor.name} twice")
        if offset != _padded(end, alignment):
            where = f"its data begins at {offset:,} instead of {_padded(end, alignment):,}"
            raise file.wrong(f"is damaged: tensor {tensor.name}: {where}")
        found[tensor.name] = tensor
        end = offset + tensor.bytes
    start = _padded(file.position, alignment) if tensors else file.position
    if start + end > file.size:
        lacks = start + end - file.size
        are = "is" if lacks == 1 else "are"
        raise file.wrong(f"is incomplete: {_amount(lacks)} of {_amount(start + end)} {are} missing")
    return Header(version, metadata, tuple(found.values()), start, file.size, file.name)


def _version(file: Bytes) -> int:
    beginning = file.beginning()
    if beginning[:4] != b"GGUF":
        what = seems(beginning)
        raise file.wrong(f"is not a GGUF file{what and f': it is {what}'}")
    file.skip(4)
    version: int = file.numbers(U32)[0]
    if version and not version & 0xFFFF:
        raise file.wrong("is big-endian, as for IBM Z; these machines need a little-endian file")
    if version not in (2, 3):
        raise file.wrong(f"has version {version} of the GGUF format; llama.cpp reads 2 and 3")
    return version


def _value(file: Bytes, key: str, kind: int) -> Value:
    if kind == STRING:
        length = file.count("bytes", f"the key {key}")
        if length <= LONGEST_TEXT:
            return file.text(length)
        file.skip(length)
        return Items("byte", length)
    if kind == ARRAY:
        return _array(file, key, file.numbers(U32)[0])
    if kind not in FORMS:
        raise file.wrong(f"is damaged: the key {key} has a value of the unknown type {kind}")
    value: Value = file.numbers(struct.Struct("<" + FORMS[kind]))[0]
    return value


def _array(file: Bytes, key: str, kind: int) -> Value:
    if kind == STRING:
        count = file.count("strings", f"the key {key}")
        file.skip_strings(count)
        return Items("string", count)
    if kind not in FORMS:
        raise file.wrong(f"is damaged: the key {key} has an array of the unknown type {kind}")
    count = file.count("items", f"the key {key}")
    if count <= LONGEST_ARRAY:
        return list(file.numbers(struct.Struct(f"<{count}{FORMS[kind]}")))
    file.skip(count * struct.calcsize("<" + FORMS[kind]))
    return Items("number", count)


def _tensor(file: Bytes, which: str) -> tuple[Tensor, int]:
    """The next tensor, and where its data begins, from data_offset."""
    name = file.name_of(which)
    dimensions = file.count("dimensions", f"tensor {name}", U32)
    *shape, kind, offset = file.numbers(struct.Struct(f"<{dimensions}QIQ"))
    if kind not in TYPES:
        raise file.wrong(f"cannot be measured: tensor {name} has type {kind}, which llama.cpp b11434 does not know")
    of, block, size = TYPES[kind]
    weights = 1
    for length in shape:
        weights *= length
    if weights >= 2**63 or (shape or [1])[0] % block:
        lengths = " x ".join(map(str, shape))
        raise file.wrong(f"is damaged: tensor {name} of type {of} claims the shape {lengths}")
    return Tensor(name, of, tuple(shape), weights // block * size), offset


def _padded(size: int, alignment: int) -> int:
    return -(-size // alignment) * alignment


def _amount(size: int) -> str:
    """A size for people: GiB, or the exact bytes of small ones."""
    return f"{size / 2**30:,.2f} GiB" if size >= 2**27 else f"{size:,} byte{'s' * (size != 1)}"
