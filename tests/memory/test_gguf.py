"""The reader of GGUF headers: it agrees with llama.cpp's own, and has an error in one line for every other file."""

import struct
import tracemalloc
from pathlib import Path

import gguf
import numpy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ai_server.memory.ggml_types import FILE_TYPES, TYPES
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
    strings,
    value,
)

IN_FILES = [kind for kind in gguf.GGMLQuantizationType if kind.name != "Q8_1"]
"""The types of its package; for q8_1, which only matrix products use, it has other bytes than ggml-common.h."""
MANY = settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])


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
        _, size = gguf.GGML_QUANT_SIZES[kind]
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


def error(path: Path) -> str:
    """What is wrong with a file, in one line that begins with its name."""
    with pytest.raises(GgufError) as caught:
        read(path)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert "\n" not in text
    return text.removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"", "it is empty", id="nothing"),
        pytest.param(b"GG", "is not a GGUF file", id="two bytes"),
        pytest.param(b"GGUF", "is truncated: it ends within its header, after 4 bytes", id="only the magic"),
        pytest.param(b"PK\x03\x04" + bytes(99), "a zip archive, such as a model of PyTorch", id="zip"),
        pytest.param(
            b"version https://git-lfs.github.com/spec/v1\noid", "a Git LFS pointer; run git lfs pull", id="LFS"
        ),
        pytest.param(b"\n<!DOCTYPE html><html>", "a page in HTML or XML; download the file itself", id="HTML"),
        pytest.param(b'{"error": "Invalid username or password."}', "JSON text; download", id="JSON"),
        pytest.param(
            b"\x40" + bytes(7) + b'{"a":{"dtype":"F16"', "a safetensors file; name its folder", id="safetensors"
        ),
        pytest.param(b"tjgg\x03" + bytes(99), "a GGJT file of 2023, which llama.cpp no longer reads", id="GGJT"),
        pytest.param(b"lmgg" + bytes(99), "a GGML file of 2023, which llama.cpp no longer reads", id="GGML"),
        pytest.param(bytes(4096), "empty space, such as of a download that has just begun", id="zeros"),
        pytest.param(b"\x1f\x8b\x08" + bytes(99), "compressed by gzip", id="gzip"),
        pytest.param(b"what?", "is not a GGUF file", id="anything else"),
    ],
)
def test_another_file_is_named(tmp_path: Path, content: bytes, expected: str) -> None:
    (tmp_path / "m.gguf").write_bytes(content)
    assert expected in error(tmp_path / "m.gguf")


def test_a_file_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    assert error(tmp_path / "m.gguf") == "cannot be read: No such file or directory"
    assert error(tmp_path) == "is a folder"
    assert error(Path("/dev/null")) == "is a device or a pipe"


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        (struct.pack(">I", 3), "is big-endian"),
        (struct.pack("<I", 1), "has version 1 of the GGUF format; llama.cpp reads 2 and 3"),
        (struct.pack("<I", 4), "has version 4"),
        (struct.pack("<I", 0), "has version 0"),
    ],
)
def test_another_version_or_byte_order_is_an_error(tmp_path: Path, version: bytes, expected: str) -> None:
    (tmp_path / "m.gguf").write_bytes(b"GGUF" + version + GgufFile().header()[8:])
    assert expected in error(tmp_path / "m.gguf")


def model(*metadata: tuple[str, bytes], tensors: list[tuple[str, int, tuple[int, ...], int]] | None = None) -> GgufFile:
    """A model with more metadata, or other tensors."""
    file = GgufFile([*keys(), *metadata])
    return file if tensors is None else GgufFile(file.metadata, tensors)


HUGE = 2**60
SPOILED = {
    "key k claims 1,152,921,504,606,846,976 bytes": model(("k", struct.pack("<IQ", STRING, HUGE))),
    "key k claims 1,152,921,504,606,846,976 strings": model(("k", struct.pack("<IIQ", 9, STRING, HUGE))),
    "key k claims 1,152,921,504,606,846,976 items": model(("k", struct.pack("<IIQ", 9, UINT32, HUGE))),
    "is truncated": model(("k", struct.pack("<IIQ", 9, UINT32, 2**29))),
    "key k has a value of the unknown type 13": model(("k", struct.pack("<IQ", 13, 0))),
    "key k has an array of the unknown type 9": model(("k", struct.pack("<IIQ", 9, 9, 0))),
    "it has the key llama.block_count twice": model(keys()[1]),
    "the name of key 3 of 3 has 0 bytes": model(("", value(UINT32, 1))),
    "the name of key 3 of 3 is not text": model(("k\n", value(UINT32, 1))),
    "the name of key 3 of 3 has 70,000 bytes": model(("k" * 70000, value(UINT32, 1))),
    "general.alignment is not a power of 2": model(("general.alignment", value(UINT32, 24))),
    "is damaged: general.alignment is not": model(("general.alignment", value(UINT32, 0))),
    "tensor t has type 31, which llama.cpp b11434 does not know": model(tensors=[("t", 31, (64,), 64)]),
    "tensor t has type 99, which": model(tensors=[("t", 99, (64,), 64)]),
    "tensor t claims 5 dimensions": model(tensors=[("t", 0, (1, 1, 1, 1, 1), 4)]),
    "tensor t of type q8_0 claims the shape 33 x 2": model(tensors=[("t", Q8_0, (33, 2), 68)]),
    "tensor t of type f32 claims the shape 4294967296 x 4294967296": model(tensors=[("t", 0, (2**32, 2**32), 4)]),
    "it has the tensor t twice": model(tensors=[("t", 0, (8,), 32), ("t", 0, (8,), 32)]),
    "tensor u: its data begins at 64 instead of 32": model(tensors=[("t", 0, (8,), 64), ("u", 0, (8,), 32)]),
}


@pytest.mark.parametrize("expected", SPOILED)
def test_a_damaged_header_is_an_error_that_names_the_damage(tmp_path: Path, expected: str) -> None:
    assert expected in error(SPOILED[expected].write(tmp_path / "m.gguf"))


@pytest.mark.parametrize(("at", "expected"), [(8, "the header claims 1,152,921,504,606,846,976 tensors"), (16, "keys")])
def test_absurd_counts_are_an_error(tmp_path: Path, at: int, expected: str) -> None:
    content = bytearray(GgufFile().header())
    content[at : at + 8] = struct.pack("<Q", HUGE)
    (tmp_path / "m.gguf").write_bytes(content)
    assert expected in error(tmp_path / "m.gguf")


def test_an_incomplete_download_says_how_much_is_missing(tmp_path: Path) -> None:
    large = model(tensors=[("t", 1, (2**20, 2**14), 2**35)]).write(tmp_path / "m.gguf")
    with large.open("r+b") as file:
        file.truncate(2**33)
    assert error(large) == "is incomplete: 24.00 GiB of 32.00 GiB are missing"


def test_the_last_tensor_needs_no_padding(tmp_path: Path) -> None:
    file = model(tensors=[("t", 0, (3,), 12)]).write(tmp_path / "m.gguf")
    with file.open("r+b") as opened:
        opened.truncate(read(file).data_offset + 12)
    assert read(file).tensors[0].bytes == 12
    with file.open("r+b") as opened:
        opened.truncate(read(file).data_offset + 11)
    assert error(file) == "is incomplete: 1 byte of 172 bytes is missing"


def test_a_missing_key_is_an_error_that_names_it(tmp_path: Path) -> None:
    header = read(GgufFile([("a", value(UINT32, 1)), ("general.architecture", value(UINT32, 1))]).write(tmp_path / "m"))
    with pytest.raises(GgufError, match=r"m: has no key llama.block_count"):
        header.need("llama.block_count")
    with pytest.raises(GgufError, match=r"m: general.architecture is not a name"):
        _ = header.architecture


def rich() -> GgufFile:
    """A file with a value of each type and several tensors."""
    values = [
        ("f", value(FLOAT32, 0.5)),
        ("b", value(BOOL, True)),
        ("i", value(INT32, -1)),
        ("u", value(UINT64, 2**63)),
    ]
    arrays = [
        ("n", value(INT32, range(10))),
        ("s", strings(["a", "", "bcd"])),
        ("general.alignment", value(UINT32, 32)),
    ]
    return GgufFile([*keys(), *values, *arrays], [("a", 0, (8, 2), 64), ("b", Q8_0, (64, 3), 204), ("c", 30, (7,), 14)])


def read_or_error(path: Path) -> Header | None:
    """The header; None for the reader's own error. Anything else, or more than 8 MiB of memory, fails the test."""
    tracemalloc.start()
    problem, header = "", None
    try:
        header = read(path)
    except GgufError as error:
        problem = str(error)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 8 * 2**20
    assert len(problem.splitlines()) < 2
    return header


@pytest.mark.parametrize("size", [0, 2**37])
@MANY
@given(data=st.data())
def test_any_damage_to_a_header_is_a_header_or_one_error(tmp_path: Path, data: st.DataObject, size: int) -> None:
    content = bytearray(rich().header())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "m.gguf"
    with path.open("wb") as file:
        file.write(content)
        file.truncate(max(size, len(content) + 512))
    read_or_error(path)


def test_a_header_cut_anywhere_is_an_error(tmp_path: Path) -> None:
    path, content = tmp_path / "m.gguf", rich().header()
    for length in range(4, len(content)):
        path.write_bytes(content[:length])
        assert error(path) == f"is truncated: it ends within its header, after {length:,} bytes; download it again"


def test_a_header_cut_within_what_is_not_read_is_an_error(tmp_path: Path) -> None:
    content = GgufFile([("scores", value(UINT32, [0] * 500_000))], []).header()
    (tmp_path / "m.gguf").write_bytes(content[:-1])
    assert error(tmp_path / "m.gguf").startswith("is truncated")


@MANY
@given(content=st.binary(max_size=400))
def test_any_bytes_behind_the_magic_are_a_header_or_one_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "m.gguf").write_bytes(b"GGUF\x03\0\0\0" + content)
    read_or_error(tmp_path / "m.gguf")


def test_the_names_of_file_types_are_those_of_llama_cpp() -> None:
    theirs = {kind.value: kind.name.removeprefix("MOSTLY_").removeprefix("ALL_") for kind in gguf.LlamaFileType}
    assert {number: theirs[number] for number in FILE_TYPES if number in theirs} == {
        number: name for number, name in FILE_TYPES.items() if number in theirs
    }
    assert {name for number, name in FILE_TYPES.items() if number not in theirs} <= {"Q1_0", "Q2_0", "NVFP4"}
