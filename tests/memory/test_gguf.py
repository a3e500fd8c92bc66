"""The reader of GGUF headers: it agrees with llama.cpp's own, and has an error in one line for every other file."""

import struct
import tracemalloc
from pathlib import Path

import gguf
import numpy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ai_server.memory.ggml_types import TYPES
from ai_server.memory.gguf import GgufError, Header, Items, Tensor, read
from tests.memory.gguf_file import (
    BOOL,
    FLOAT32,
    INT32,
    Q8_0,
    STRING,
    UINT32,
    UINT64,
    GgufFile,
    keys,
    string,
    strings,
    value,
)

IN_FILES = [kind for kind in gguf.GGMLQuantizationType if kind.name != "Q8_1"]
"""The types of its package; for q8_1, which only matrix products use, it has other bytes than ggml-common.h."""
MANY = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def test_a_header_has_metadata_and_tensors(tmp_path: Path) -> None:
    header = read(GgufFile().write(tmp_path / "model.gguf"))
    assert header.metadata == {"general.architecture": "llama", "llama.block_count": 2}
    assert header.tensors == (
        Tensor("token_embd.weight", "f16", (64, 100), 12800),
        Tensor("output_norm.weight", "f32", (64,), 256),
    )
    assert header.data_offset + 12800 + 256 == header.file_bytes
    assert (header.version, header.architecture) == (3, "llama")


def test_version_2_is_read_as_version_3(tmp_path: Path) -> None:
    new, old = (read(GgufFile(version=version).write(tmp_path / f"{version}.gguf")) for version in (3, 2))
    assert (new.metadata, new.tensors, old.version) == (old.metadata, old.tensors, 2)


def test_only_the_length_of_a_vocabulary_is_kept(tmp_path: Path) -> None:
    vocabulary = [("tokens", strings(["a", "", "bc" * 400000])), ("scores", value(FLOAT32, range(5000)))]
    few = [("sections", value(INT32, [11, 11, 10, -1])), ("swa", value(BOOL, [1, 0]))]
    template = [("template", value(STRING, "x" * 70000))]
    header = read(GgufFile([*keys(), *vocabulary, *few, *template]).write(tmp_path / "m.gguf"))
    assert header.metadata["tokens"] == Items("string", 3)
    assert header.metadata["scores"] == Items("number", 5000)
    assert header.metadata["template"] == Items("byte", 70000)
    assert (header.metadata["sections"], header.metadata["swa"]) == ([11, 11, 10, -1], [True, False])


def written(path: Path) -> None:
    """A file by llama.cpp's writer, with every type of values, and every type of tensors that it knows."""
    writer = gguf.GGUFWriter(path, "qwen3", use_temp_file=False)
    writer.add_uint8("n.uint8", 255)
    writer.add_int8("n.int8", -128)
    writer.add_uint16("n.uint16", 65535)
    writer.add_int16("n.int16", -32768)
    writer.add_uint32("n.uint32", 2**32 - 1)
    writer.add_int32("n.int32", -(2**31))
    writer.add_uint64("n.uint64", 2**64 - 1)
    writer.add_int64("n.int64", -(2**63))
    writer.add_float32("n.float32", 1e-6)
    writer.add_float64("n.float64", 1e-300)
    writer.add_bool("n.bool", True)
    writer.add_string("n.text", "naïve 🦙")
    writer.add_array("n.strings", ["a", "naïve", "🦙"])
    writer.add_array("n.numbers", [1, -2, 3])
    writer.add_array("n.bools", [True, False])
    writer.add_array("n.floats", [0.5, 1.5])
    writer.add_custom_alignment(64)
    for kind in IN_FILES:
        block, size = gguf.GGML_QUANT_SIZES[kind]
        writer.add_tensor(f"{kind.name}.weight", numpy.zeros((3, 2 * size), dtype=numpy.uint8), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def test_it_agrees_with_the_reader_of_llama_cpp_on_every_key_type_shape_and_size(tmp_path: Path) -> None:
    written(tmp_path / "m.gguf")
    ours, theirs = read(tmp_path / "m.gguf"), gguf.GGUFReader(tmp_path / "m.gguf")
    expected = {key: field.contents() for key, field in theirs.fields.items() if not key.startswith("GGUF.")}
    expected["n.strings"] = Items("string", 3)
    assert ours.metadata == expected
    assert {key: type(content) for key, content in ours.metadata.items()} == {
        key: type(content) for key, content in expected.items()
    }
    assert [(t.name, t.type.upper(), list(t.shape), t.bytes) for t in ours.tensors] == [
        (t.name, t.tensor_type.name, t.shape.tolist(), t.n_bytes) for t in theirs.tensors
    ]
    assert ours.data_offset == theirs.data_offset


@pytest.mark.parametrize("kind", IN_FILES, ids=lambda kind: kind.name)
def test_the_sizes_of_types_are_those_of_llama_cpp_s_package(kind: gguf.GGMLQuantizationType) -> None:
    assert TYPES[kind][1:] == gguf.GGML_QUANT_SIZES[kind]
    assert TYPES[kind].name.lower() == kind.name.lower()
