"""Reads numbers and texts of a GGUF file, a piece at a time; and what a file is that is not GGUF."""

from __future__ import annotations

import struct
from typing import Any, BinaryIO

PIECE = 2**20
MOST = {"keys": 2**16, "tensors": 2**20, "dimensions": 4, "strings": 2**22, "items": 2**30, "bytes": 2**30}
"""A header that claims more is damaged: llama.cpp's limits (ggml/src/gguf.cpp of b11434), ours for keys, tensors and
strings, of which it has none.
"""
U32, U64 = struct.Struct("<I"), struct.Struct("<Q")
BEGINNINGS = {
    b"PK\x03\x04": "a zip archive, such as a model of PyTorch",
    b"\x1f\x8b": "compressed by gzip; decompress it",
    b"\x28\xb5\x2f\xfd": "compressed by zstd; decompress it",
    b"version https://git-lfs": "a Git LFS pointer; run git lfs pull to get the file itself",
    b"lmgg": "a GGML file of 2023, which llama.cpp no longer reads",
    b"fmgg": "a GGML file of 2023, which llama.cpp no longer reads",
    b"tjgg": "a GGJT file of 2023, which llama.cpp no longer reads",
    b"<": "a page in HTML or XML; download the file itself",
    b"{": "JSON text; download the file itself",
    b"\0\0\0\0": "empty space, such as of a download that has just begun",
}
"""What a file is, by its first bytes."""


class GgufError(ValueError):
    """A file that cannot be read as GGUF, in one line: the file, and what is wrong with it."""


def seems(beginning: bytes) -> str:
    """What a file that begins so seems to be; "" if that is not known."""
    if not beginning:
        return "empty"
    if beginning[8:10] == b'{"' and beginning[6:8] == b"\0\0":
        return "a safetensors file; name its folder"
    return next((what for first, what in BEGINNINGS.items() if beginning.lstrip().startswith(first)), "")


class Bytes:
    """Reads a file forwards, in pieces: takes little memory, whatever lengths the file claims."""

    def __init__(self, name: str, file: BinaryIO, size: int) -> None:
        self.name, self.file, self.size = name, file, size
        self.piece, self.at, self.start = b"", 0, 0

    def beginning(self) -> bytes:
        """The first bytes of the file."""
        self.piece = self.file.read(PIECE)
        return self.piece[:64]

    @property
    def position(self) -> int:
        """The position of the next byte in the file."""
        return self.start + self.at

    def wrong(self, what: str) -> GgufError:
        """The error for this file."""
        return GgufError(f"{self.name}: {what}")

    def within(self, count: int) -> int:
        """The position after the next bytes; GgufError if the file ends before."""
        end = self.position + count
        if end > self.size:
            raise self.wrong(f"is truncated: it ends within its header, after {self.size:,} bytes; download it again")
        return end

    def need(self, count: int) -> None:
        """Reads until the next bytes are in memory."""
        if len(self.piece) - self.at >= count:
            return
        self.within(count)
        rest, self.start = self.piece[self.at :], self.position
        self.piece, self.at = rest + self.file.read(max(count, PIECE)), 0
        if len(self.piece) < count:
            raise self.wrong("changed while it was read")

    def skip(self, count: int) -> None:
        """Leaves out the next bytes, without reading them."""
        if self.at + count <= len(self.piece):
            self.at += count
            return
        self.start = self.within(count)
        self.piece, self.at = b"", 0
        self.file.seek(self.start)

    def numbers(self, form: struct.Struct) -> tuple[Any, ...]:
        """The next numbers."""
        self.need(form.size)
        self.at += form.size
        return form.unpack_from(self.piece, self.at - form.size)

    def count(self, kind: str, of: str, form: struct.Struct = U64) -> int:
        """The next number, which counts something; GgufError if no real file has that many."""
        count: int = self.numbers(form)[0]
        if count > MOST[kind]:
            raise self.wrong(f"is damaged: {of} claims {count:,} {kind}")
        return count

    def text(self, length: int) -> str:
        """The next bytes as text."""
        self.need(length)
        self.at += length
        return self.piece[self.at - length : self.at].decode("utf-8", "backslashreplace")

    def name_of(self, what: str) -> str:
        """The next name; GgufError if it is empty, absurdly long or not printable, as in no real file."""
        length = self.count("bytes", f"the name of {what}")
        if not 0 < length < 2**10:
            raise self.wrong(f"is damaged: the name of {what} has {length:,} bytes")
        name = self.text(length)
        if not name.isprintable():
            raise self.wrong(f"is damaged: the name of {what} is not text")
        return name

    def skip_strings(self, left: int) -> None:
        """Leaves out the next strings; a vocabulary has 500,000, which is most of the time that reading takes."""
        length_at = U64.unpack_from
        while left:
            self.need(8)
            piece, at, last = self.piece, self.at, len(self.piece) - 8
            for left in range(left - 1, -1, -1):  # noqa: B007, B020
                at += 8 + length_at(piece, at)[0]
                if at > last:
                    break
            self.skip(at - self.at)
