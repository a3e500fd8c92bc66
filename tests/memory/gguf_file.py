"""Writes small GGUF files byte by byte, so that a test can spoil any part of one."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY, UINT64 = 4, 5, 6, 7, 8, 9, 10
FORMS = {UINT32: "I", INT32: "i", FLOAT32: "f", BOOL: "?", UINT64: "Q"}
F32, F16, Q8_0 = 0, 1, 8


def string(text: str) -> bytes:
    """A text with its length."""
    return struct.pack("<Q", len(text.encode())) + text.encode()


def value(kind: int, content: bool | int | float | str | Sequence[int]) -> bytes:
    """A value of the metadata, with its type."""
    if isinstance(content, str):
        return struct.pack("<I", STRING) + string(content)
    if isinstance(content, Sequence):
        return struct.pack(f"<IIQ{len(content)}{FORMS[kind]}", ARRAY, kind, len(content), *content)
    return struct.pack("<I" + FORMS[kind], kind, content)


def strings(content: Sequence[str]) -> bytes:
    """An array of texts."""
    return struct.pack("<IIQ", ARRAY, STRING, len(content)) + b"".join(map(string, content))


def keys(architecture: str = "llama") -> list[tuple[str, bytes]]:
    """The metadata of a model, as few as possible."""
    return [("general.architecture", value(STRING, architecture)), (f"{architecture}.block_count", value(UINT32, 2))]


@dataclass
class GgufFile:
    """A file with its parts: metadata as bytes, and tensors as name, type, shape and bytes of data."""

    metadata: list[tuple[str, bytes]] = field(default_factory=keys)
    tensors: list[tuple[str, int, tuple[int, ...], int]] = field(
        default_factory=lambda: [("token_embd.weight", F16, (64, 100), 12800), ("output_norm.weight", F32, (64,), 256)]
    )
    version: int = 3

    def header(self, *, alignment: int = 32) -> bytes:
        """The header, without the space up to the data."""
        parts = [b"GGUF", struct.pack("<IQQ", self.version, len(self.tensors), len(self.metadata))]
        parts += [string(key) + content for key, content in self.metadata]
        offset = 0
        for name, kind, shape, size in self.tensors:
            parts.append(string(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset))
            offset += -(-size // alignment) * alignment
        return b"".join(parts)

    def write(self, path: Path, *, alignment: int = 32) -> Path:
        """Writes the file; the weights are a hole, which reads as zeros."""
        header = self.header(alignment=alignment)
        data = sum(-(-size // alignment) * alignment for *_, size in self.tensors)
        with path.open("wb") as file:
            file.write(header)
            file.truncate(-(-len(header) // alignment) * alignment + data)
        return path
