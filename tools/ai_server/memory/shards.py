"""All parts of a model that is split into several GGUF files.

Sources: llama_split_path in src/llama.cpp, and llama_model_loader in src/llama-model-loader.cpp, of llama.cpp b11434.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from ai_server.memory.gguf import Header, read
from ai_server.memory.gguf_bytes import GgufError

PART = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$")


def first_part(path: str) -> str:
    """The path of the first part of a model, by the name of any; that of a model in one file is its own."""
    return PART.sub(lambda name: f"-00001-of-{name[2]}.gguf", path)


def parts_of(path: str) -> list[str]:
    """The paths of all parts of a model, by the path of any; its own for a model in one file."""
    first, name = first_part(path), PART.search(path)
    count = int(name[2]) if name else 0
    if not count:
        return [path]
    return [PART.sub(f"-{number:05}-of-{count:05}.gguf", first) for number in range(1, count + 1)]


def read_parts(path: str) -> tuple[Header, ...]:
    """The header of each part of a model, by the path of any. GgufError if one is missing, or belongs to another."""
    paths = parts_of(path)
    first, count = paths[0], len(paths)
    if (name := PART.search(path)) and not int(name[2]):
        raise GgufError(f"{path}: is named part {int(name[1])} of 0")
    if missing := [os.path.basename(part) for part in paths if not os.path.exists(part)]:
        if len(missing) == count:
            raise GgufError(f"{path}: cannot be read: No such file or directory")
        some = ", ".join(missing[:3]) + (", ..." if len(missing) > 3 else "")
        are = "is" if len(missing) == 1 else "are"
        raise GgufError(f"{path}: {len(missing)} of {count} parts {are} missing: {some}")
    headers = tuple(map(read, paths))
    said = headers[0].metadata.get("split.count", 1)
    if said != count:
        named = f"its name says that it is one of {count}" if PART.search(first) else "its name does not say which"
        raise GgufError(f"{first}: is one of {said} parts, but {named}; give it the name that it was published with")
    if count > 1:
        _belong_together(headers)
    return headers


def merged(headers: Sequence[Header]) -> Header:
    """The parts of a model as one: the metadata of the first, the tensors of all, and the bytes of all files."""
    first = headers[0]
    tensors = tuple(tensor for header in headers for tensor in header.tensors)
    size = sum(header.file_bytes for header in headers)
    return Header(first.version, first.metadata, tensors, first.data_offset, size, first.path)


def _belong_together(headers: Sequence[Header]) -> None:
    """GgufError unless the parts are those of one model, in their order."""
    for number, header in enumerate(headers):
        if header.need("split.no") != number:
            number_said = f"split.no is {header.metadata['split.no']} instead of {number}"
            raise GgufError(f"{header.path}: {number_said}: the file has the name of another part")
        if header.metadata.get("split.count", len(headers)) != len(headers):
            raise GgufError(
                f"{header.path}: is one of {header.metadata['split.count']} parts, the first of {len(headers)}"
            )
    names = [tensor.name for header in headers for tensor in header.tensors]
    expected = headers[0].need("split.tensors.count")
    if len(names) != expected or len(set(names)) != expected:
        found = f"has {expected} tensors, its parts have {len(set(names))}"
        raise GgufError(f"{headers[0].path}: {found}: they are not all of the same model")
