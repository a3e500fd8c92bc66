"""The tensors of a model file: which part of the model each belongs to, and how many bytes it takes in a buffer."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from ai_server.memory.groups import Group, Kind, kind_of, of_layers

INPUT = ("token_embd", "position_embd", "token_types", "per_layer_token_embd", "ple_embd")
"""The tensors of the input layer (LLM_TENSOR_LAYER_INPUT in src/llama-arch.cpp of b11434), which stays on the host."""
REPEATING = re.compile(r"token_embd_norm|rope_freqs|rope_factors_\w+|per_layer_model_proj|per_layer_proj_norm")
"""Tensors without a layer's number that belong to the first layer (same file)."""
LAYER = re.compile(r"(?:enc\.|dec\.|v\.|mm\.|a\.)?blk\.(\d+)\.")
FLOATS = frozenset({"F64", "F32", "F16", "BF16", "I8", "I16", "I32", "I64"})
"""The types that are not quantised."""
ROW_PADDING, DEVICE_ALIGNMENT, HOST_ALIGNMENT = 512, 128, 32
"""MATRIX_ROW_PADDING and the alignment of buffers in ggml/src/ggml-cuda of b11434, and that of the CPU's buffers."""


class TensorLike(Protocol):
    """A tensor of a file's header: shape with the fastest dimension first, bytes in the file."""

    @property
    def name(self) -> str:
        """The name in the file."""

    @property
    def type(self) -> str:
        """The name of its type."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of its dimensions."""

    @property
    def bytes(self) -> int:
        """Its bytes in the file."""


class HeaderLike(Protocol):
    """The header of a GGUF file."""

    @property
    def metadata(self) -> Mapping[str, object]:
        """The metadata; long arrays, and those of strings, have only a count."""

    @property
    def tensors(self) -> tuple[TensorLike, ...]:
        """The tensors that are in this file."""

    @property
    def file_bytes(self) -> int:
        """The size of the file."""


@dataclass(frozen=True)
class Size:
    """Bytes of tensors in a buffer of the host, and in one of a GPU, which pads them."""

    host: int = 0
    device: int = 0

    def __add__(self, other: Size) -> Size:
        return Size(self.host + other.host, self.device + other.device)


@dataclass(frozen=True)
class Parts:
    """The weights of a model, by part. embedding: the token embedding, which is a part of input too; experts,
    feed_forward: parts of each layer.
    """

    input: Size
    layers: tuple[Size, ...]
    output: Size
    embedding: Size
    own_output: bool
    experts: tuple[Group, ...]
    feed_forward: tuple[Group, ...]

    @classmethod
    def of(cls, tensors: Iterable[TensorLike]) -> Parts:
        """The parts of a model with these tensors."""
        layers: dict[int, Size] = {}
        groups: dict[tuple[Kind, int], Group] = {}
        embedding = first = output = Size()
        own_output = False
        for tensor in tensors:
            name, size = tensor.name, tensor_size(tensor)
            own_output |= name == "output.weight"
            match = LAYER.match(name)
            if match or REPEATING.match(name):
                index = int(match[1]) if match else 0
                layers[index] = layers.get(index, Size()) + size
                if kind := kind_of(name):
                    group = Group(size.host, size.device, size.device)
                    groups[kind, index] = groups.get((kind, index), Group()) + group
            elif name.split(".")[0] in INPUT:
                first += size
                embedding = size if name == "token_embd.weight" else embedding
            else:
                output += size
        count = max(layers, default=-1) + 1
        return cls(
            input=first,
            layers=tuple(layers.get(index, Size()) for index in range(count)),
            output=output,
            embedding=embedding,
            own_output=own_output,
            experts=of_layers(groups, "experts"),
            feed_forward=of_layers(groups, "feed_forward"),
        )


def tensor_size(tensor: TensorLike) -> Size:
    """A tensor's bytes in buffers: aligned, and on a GPU with the last row of quantised types padded.

    Source: ggml_backend_cuda_buffer_type_get_alloc_size in ggml/src/ggml-cuda/ggml-cuda.cu of b11434; HIP is the same.
    """
    padding = 0
    if tensor.type.upper() not in FLOATS and tensor.shape[0] % ROW_PADDING:
        padded = ROW_PADDING - tensor.shape[0] % ROW_PADDING
        padding = tensor.bytes * padded // max(math.prod(tensor.shape), 1)
    return Size(up(tensor.bytes, HOST_ALIGNMENT), up(tensor.bytes + padding, DEVICE_ALIGNMENT))


def up(count: int, unit: int) -> int:
    """The next multiple of a unit."""
    return -(-count // unit) * unit
