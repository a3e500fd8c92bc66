"""Models of stated dimensions, as headers in memory or as GGUF files that llama-server loads (weights: a hole of zeros)."""

import math
import re
import struct
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import yaml

HERE = Path(__file__).parent
TYPES = {"f32": (0, 1, 4), "f16": (1, 1, 2), "q4_0": (2, 32, 18), "q8_0": (8, 32, 34), "mxfp4": (39, 32, 17)}
"""The number, elements and bytes of a block of each tensor type (ggml/include/ggml.h, ggml/src/ggml-common.h)."""
UNIT = 32
Scalar = bool | int | float | str


@dataclass(frozen=True)
class Tensor:
    """A tensor of a header."""

    name: str
    type: str
    shape: tuple[int, ...]

    @property
    def bytes(self) -> int:
        """Its bytes in the file."""
        _, elements, size = TYPES[self.type]
        return math.prod(self.shape) // elements * size


@dataclass(frozen=True)
class Many:
    """An array of which a header keeps only the count."""

    count: int


@dataclass(frozen=True)
class Header:
    """A model: its metadata without the tokenizer, and its tensors."""

    architecture: str
    numbers: dict[str, Scalar | list[Scalar]]
    tensors: tuple[Tensor, ...]
    vocabulary: int
    tokenizer: str = "gpt2"
    file_bytes: int = 0

    @property
    def metadata(self) -> dict[str, object]:
        """The metadata as a reader of headers has it."""
        own = {f"{self.architecture}.{key}": value for key, value in self.numbers.items()}
        return {"general.architecture": self.architecture, "tokenizer.ggml.tokens": Many(self.vocabulary), **own}

    def write(self, path: Path) -> Path:
        """Writes it as a GGUF file."""
        metadata = {**self.metadata, "general.alignment": UNIT, **_tokenizer(self.tokenizer, self.vocabulary)}
        place, infos = 0, b""
        for tensor in self.tensors:
            shape = struct.pack(f"<I{len(tensor.shape)}Q", len(tensor.shape), *tensor.shape)
            infos += _text(tensor.name) + shape + struct.pack("<IQ", TYPES[tensor.type][0], place)
            place += -(-tensor.bytes // UNIT) * UNIT
        head = b"GGUF" + struct.pack("<IQQ", 3, len(self.tensors), len(metadata))
        head += b"".join(_text(key) + _value(value) for key, value in metadata.items()) + infos
        with path.open("wb") as file:
            file.write(head)
            file.truncate(-(-len(head) // UNIT) * UNIT + place)
        return path


@cache
def described(file: str) -> dict[str, Header]:
    """The models that a file in this folder describes; measured_models.yaml documents its form."""
    models = yaml.safe_load((HERE / file).read_text())
    return {
        name: _header({**models[model["like"]], **model} if "like" in model else model)
        for name, model in models.items()
    }


def model(name: str, layers: int = 0, **numbers: Scalar) -> Header:
    """A model of measured_models.yaml, with other numbers."""
    header = described("measured_models.yaml")[name]
    return replace(header, numbers={**header.numbers, **numbers})


def _header(model: dict) -> Header:  # type: ignore[type-arg]
    layers, period = model["layers"], model.get("period", 1)
    groups = {"full": [index for index in range(layers) if (index + 1) % period == 0]}
    groups["other"] = [index for index in range(layers) if index not in groups["full"]]
    tensors = []
    for pattern, shape in model["tensors"].items():
        kind, *lengths = shape.split()
        tensors += [Tensor(name, kind, tuple(map(int, lengths))) for name in _names(pattern, layers, groups)]
    numbers = {"block_count": layers, **model["numbers"], **model.get("lists", {})}
    for key, values in model.get("per_layer", {}).items():
        numbers[key] = [values["full" if index in groups["full"] else "other"] for index in range(layers)]
    numbers.setdefault("attention.layer_norm_rms_epsilon", 1e-5)
    if "attention.key_length" in numbers:
        numbers.setdefault("rope.dimension_count", numbers["attention.key_length"])
    size = sum(tensor.bytes for tensor in tensors)
    return Header(
        model["architecture"], numbers, tuple(tensors), model["vocabulary"], model.get("tokenizer", "gpt2"), size
    )


def _names(pattern: str, layers: int, groups: dict[str, list[int]]) -> list[str]:
    match = re.match(r"blk\.([^.]+)\.", pattern)
    if not match:
        return [pattern]
    which = match[1]
    if which == "*":
        indices = list(range(layers))
    elif which.endswith("-"):
        indices = list(range(int(which[:-1]), layers))
    else:
        indices = groups.get(which) if which in groups else [int(which)]  # type: ignore[assignment]
    return [f"blk.{index}.{pattern[match.end() :]}" for index in indices]


def _text(text: str) -> bytes:
    raw = text.encode()
    return struct.pack("<Q", len(raw)) + raw


def _value(value: object) -> bytes:
    if isinstance(value, list):
        # llama.cpp wants arrays of numbers to be signed.
        items = [struct.pack("<Ii", 5, item) if type(item) is int else _value(item) for item in value]
        return (
            struct.pack("<I", 9) + items[0][:4] + struct.pack("<Q", len(items)) + b"".join(item[4:] for item in items)
        )
    if isinstance(value, bool):
        return struct.pack("<I?", 7, value)
    if isinstance(value, int):
        return struct.pack("<Ii", 5, value) if value < 0 else struct.pack("<II", 4, value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    return struct.pack("<I", 8) + _text(str(value))


def _tokenizer(kind: str, count: int) -> dict[str, object]:
    letters = [chr(code) for code in range(97, 123)]
    if kind == "bert":
        special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
        tokens = [*special, *(f"\u2581{letter}" for letter in letters), *letters]
        extra: dict[str, object] = {"tokenizer.ggml.unknown_token_id": 1, "tokenizer.ggml.seperator_token_id": 3}
        extra["tokenizer.ggml.token_type_count"] = 1
    else:
        # The bytes as GPT-2's tokenizer spells them: those without a visible character follow from 256 on.
        seen = [*range(33, 127), *range(161, 173), *range(174, 256)]
        tokens = [*map(chr, seen), *(chr(256 + index) for index in range(256 - len(seen))), "aa"]
        extra = {"tokenizer.ggml.pre": "default", "tokenizer.ggml.merges": ["a a"]}
    tokens += [f"<{index}>" for index in range(count - len(tokens))]
    extra |= {"tokenizer.ggml.bos_token_id": count - 2, "tokenizer.ggml.eos_token_id": count - 1}
    types = [1] * count
    return {"tokenizer.ggml.model": kind, "tokenizer.ggml.tokens": tokens, "tokenizer.ggml.token_type": types, **extra}
