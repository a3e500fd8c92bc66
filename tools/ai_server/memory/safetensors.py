"""The sizes of the tensors in a model folder, from the headers of its safetensors files; no tensor is read.

The format: 8 bytes with the length of the header (little endian), the header as JSON, then the tensors
(https://github.com/huggingface/safetensors, README.md, "Format"). Which files count, as in vLLM 0.30.0,
vllm/model_executor/model_loader/default_loader.py and weight_utils.py: those that the index names, without one all.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ai_server.errors import UserError

INDEX = "model.safetensors.index.json"
LONGEST_HEADER = 100_000_000
"""MAX_HEADER_SIZE of the safetensors library, in bytes."""
POINTER = b"version https://git-lfs"
LAYER = re.compile(r"(?:^|\.)layers\.(\d+)\.")
MORE_LAYERS = ("mtp.", "model.mtp.")
"""Tensors of layers that only speculative decoding loads, besides those behind the last layer of the config."""


@dataclass(frozen=True)
class Weights:
    """Bytes of tensors: of all, by type (F32, BF16, ...), and of those that only speculative decoding loads.

    declared: metadata.total_size of the index, which is sometimes wrong, 0 without it.
    """

    bytes: int
    by_type: tuple[tuple[str, int], ...]
    speculative: int
    declared: int = 0


def read_weights(folder: Path, layers: int) -> Weights:
    """The sizes of a folder's tensors; UserError if a file is missing, incomplete, or something else.

    layers: num_hidden_layers of the config.
    """
    files, declared = _files(folder)
    by_type: Counter[str] = Counter()
    speculative = 0
    for file in files:
        for name, kind, size in _tensors(file):
            by_type[kind] += size
            if name.startswith(MORE_LAYERS) or any(int(number) >= layers for number in LAYER.findall(name)[:1]):
                speculative += size
    return Weights(sum(by_type.values()), tuple(sorted(by_type.items())), speculative, declared)


def read_json(file: Path) -> Mapping[str, object]:
    """A file with a JSON object; UserError if it is missing, a pointer of Git LFS, or broken."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise UserError(
            f"{file}: {error.strerror}", hint="give the folder that Hugging Face's tools download"
        ) from None
    _no_pointer(file, data[: len(POINTER)])
    try:
        found = json.loads(data)
    except ValueError as error:
        raise UserError(f"{file} is not valid JSON: {error}", hint="download it again") from None
    if not isinstance(found, dict):
        raise UserError(f"{file} is not a JSON object", hint="download it again")
    return found


def _files(folder: Path) -> tuple[list[Path], int]:
    """The files with weights, and the size that the index declares."""
    index = folder / INDEX
    if not index.is_file():
        files = sorted(folder.glob("*.safetensors"))
        # Mistral's own format, next to the usual one
        files = [file for file in files if not file.name.startswith("consolidated")] or files
        if not files:
            raise UserError(f"{folder} has no *.safetensors file", hint="give the folder with the model's files")
        return files, 0
    content = read_json(index)
    places, metadata = content.get("weight_map"), content.get("metadata")
    if not isinstance(places, dict) or not places:
        raise UserError(f"{index} has no weight_map", hint="download it again")
    names = sorted({str(name) for name in places.values()})
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise UserError(
            f"{folder} lacks {missing[0]}{more}, of the {len(names)} files in {INDEX}", hint="finish the download"
        )
    declared = metadata.get("total_size") if isinstance(metadata, dict) else 0
    return [folder / name for name in names], int(declared) if isinstance(declared, int | float) else 0


def _tensors(file: Path) -> Iterator[tuple[str, str, int]]:
    """Name, type and bytes of each tensor of a file."""
    header, stored = _header(file)
    end = 0
    for name, tensor in header.items():
        if name == "__metadata__":
            continue
        kind, offsets = (tensor.get("dtype"), tensor.get("data_offsets")) if isinstance(tensor, dict) else (None, None)
        if not isinstance(offsets, list) or not all(type(offset) is int for offset in offsets) or len(offsets) != 2:
            raise UserError(f"{file}: the header has no data_offsets of {name}", hint="download it again")
        begin, end_of_tensor = offsets
        if not 0 <= begin <= end_of_tensor:
            raise UserError(f"{file}: {name} has the impossible data_offsets {offsets}", hint="download it again")
        end = max(end, end_of_tensor)
        yield name, str(kind), end_of_tensor - begin
    if end > stored:
        lacks = f"{end - stored} bytes are" if end - stored > 1 else "1 byte is"
        raise UserError(f"{file} is truncated: {lacks} missing", hint="download it again")


def _header(file: Path) -> tuple[Mapping[str, object], int]:
    """The header of a file, and how many bytes of tensors follow it."""
    with file.open("rb") as opened:
        start = opened.read(max(8, len(POINTER)))
        _no_pointer(file, start)
        length = int.from_bytes(start[:8], "little")
        size = file.stat().st_size
        if len(start) < 8 or length > min(size - 8, LONGEST_HEADER):
            what = "is truncated" if length <= LONGEST_HEADER else "is not a safetensors file"
            raise UserError(f"{file} {what}: {size} bytes, a header of {length}", hint="download it again")
        opened.seek(8)
        try:
            header = json.loads(opened.read(length))
        except ValueError as error:
            raise UserError(f"{file}: the header is not valid JSON: {error}", hint="download it again") from None
    if not isinstance(header, dict):
        raise UserError(f"{file}: the header is not a JSON object", hint="download it again")
    return header, size - 8 - length


def _no_pointer(file: Path, start: bytes) -> None:
    if start.startswith(POINTER):
        raise UserError(f"{file} is a pointer of Git LFS, not the file itself", hint="git lfs pull")
