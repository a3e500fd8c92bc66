"""Model folders: weights from the headers of their files, layers from their configs, and clear errors."""

import json
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from ai_server.errors import UserError
from ai_server.memory.folder import FolderFacts, read_folder
from ai_server.memory.folder_layers import Layers
from tests.memory.model_folders import LLAMA, TENSORS, write_file, write_folder
from tests.memory.vllm_configs import CONFIGS

TOTAL = sum(size for _, size in TENSORS.values())
SHARD = "model-00002-of-00002.safetensors"


@pytest.mark.parametrize("shards", [1, 2])
def test_the_weights_are_the_sum_of_the_tensors(tmp_path: Path, shards: int) -> None:
    facts = read_folder(write_folder(tmp_path, shards=shards))
    assert (facts.weights, facts.weights_by_type) == (TOTAL, (("BF16", TOTAL),))
    assert facts.layers == (Layers("full", 32, 8, 128, 128),)
    assert (facts.context, facts.dtype) == (131072, "bfloat16")


def test_files_that_the_index_does_not_name_do_not_count(tmp_path: Path) -> None:
    write_folder(tmp_path, shards=2)
    write_file(tmp_path / "consolidated.safetensors", TENSORS)
    assert read_folder(tmp_path).weights == TOTAL


def test_mistrals_own_file_next_to_the_usual_one_does_not_count(tmp_path: Path) -> None:
    write_folder(tmp_path)
    write_file(tmp_path / "consolidated.safetensors", TENSORS)
    assert read_folder(tmp_path).weights == TOTAL


def test_layers_for_speculative_decoding_are_known(tmp_path: Path) -> None:
    more = {"mtp.fc.weight": ("BF16", 4096), "model.layers.32.mlp.weight": ("BF16", 100)}
    assert read_folder(write_folder(tmp_path, tensors=TENSORS | more)).speculative == 4196


def test_facts_come_back_from_json(tmp_path: Path) -> None:
    facts = read_folder(write_folder(tmp_path))
    assert FolderFacts.from_json(json.loads(json.dumps(facts.as_json()))) == facts


@pytest.mark.parametrize(
    ("key", "value"),
    [("weights", None), ("weights", "1"), ("layers", [{"kind": "odd", "count": 1}]), ("layers", 3), ("context", True)],
)
def test_incomplete_facts_are_rejected(tmp_path: Path, key: str, value: object) -> None:
    facts = read_folder(write_folder(tmp_path)).as_json()
    with pytest.raises(UserError, match="no valid"):
        FolderFacts.from_json(facts | {key: value})


def _no_config(folder: Path) -> None:
    (folder / "config.json").unlink()


def _broken_config(folder: Path) -> None:
    (folder / "config.json").write_text("{")


def _list_as_config(folder: Path) -> None:
    (folder / "config.json").write_text("[]")


def _no_layers(folder: Path) -> None:
    (folder / "config.json").write_text(json.dumps({key: LLAMA[key] for key in LLAMA if key != "num_hidden_layers"}))


def _negative_layers(folder: Path) -> None:
    (folder / "config.json").write_text(json.dumps(LLAMA | {"num_hidden_layers": -1}))


def _config_as_pointer(folder: Path) -> None:
    (folder / "config.json").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 700\n")


def _missing_shard(folder: Path) -> None:
    (folder / SHARD).unlink()


def _truncated(folder: Path) -> None:
    with (folder / SHARD).open("r+b") as file:
        file.truncate((folder / SHARD).stat().st_size - 7)


def _header_cut(folder: Path) -> None:
    (folder / SHARD).write_bytes((folder / SHARD).read_bytes()[:40])


def _empty(folder: Path) -> None:
    (folder / SHARD).write_bytes(b"")


def _pointer(folder: Path) -> None:
    (folder / SHARD).write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 4976698672\n")


def _no_safetensors(folder: Path) -> None:
    (folder / SHARD).write_bytes(b"PK\x03\x04 this is a zip file of PyTorch")


def _broken_header(folder: Path) -> None:
    (folder / SHARD).write_bytes(struct.pack("<Q", 4) + b"{{{{" + bytes(8))


def _no_offsets(folder: Path) -> None:
    text = json.dumps({"a": {"dtype": "F32"}}).encode()
    (folder / SHARD).write_bytes(struct.pack("<Q", len(text)) + text)


def _odd_offsets(folder: Path) -> None:
    text = json.dumps({"a": {"dtype": "F32", "data_offsets": [8, 4]}}).encode()
    (folder / SHARD).write_bytes(struct.pack("<Q", len(text)) + text + bytes(8))


def _index_without_map(folder: Path) -> None:
    (folder / "model.safetensors.index.json").write_text("{}")


def _no_weights(folder: Path) -> None:
    for file in folder.glob("model*"):
        file.unlink()


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (_no_config, "has no config.json"),
        (_broken_config, "config.json is not valid JSON"),
        (_list_as_config, "config.json is not a JSON object"),
        (_no_layers, "config.json has no num_hidden_layers"),
        (_negative_layers, "num_hidden_layers is -1"),
        (_config_as_pointer, "config.json is a pointer of Git LFS"),
        (_missing_shard, f"lacks {SHARD}, of the 2 files in model.safetensors.index.json"),
        (_truncated, f"{SHARD} is truncated: 7 bytes are missing"),
        (_header_cut, f"{SHARD} is truncated"),
        (_empty, f"{SHARD} is truncated"),
        (_pointer, f"{SHARD} is a pointer of Git LFS"),
        (_no_safetensors, f"{SHARD} is not a safetensors file"),
        (_broken_header, f"{SHARD}: the header is not valid JSON"),
        (_no_offsets, f"{SHARD}: the header has no data_offsets of a"),
        (_odd_offsets, f"{SHARD}: a has the impossible data_offsets"),
        (_index_without_map, "has no weight_map"),
        (_no_weights, "has no \\*.safetensors file"),
    ],
)
def test_what_is_wrong_with_a_folder_is_reported(tmp_path: Path, damage: Callable[[Path], None], says: str) -> None:
    damage(write_folder(tmp_path, shards=2))
    with pytest.raises(UserError, match=says) as error:
        read_folder(tmp_path)
    assert str(tmp_path) in error.value.message
    assert error.value.hint


def test_no_tensor_is_read(tmp_path: Path) -> None:
    huge = {"model.layers.0.mlp.weight": ("BF16", 200 * 2**30)}
    assert read_folder(write_folder(tmp_path, tensors=huge)).weights == 200 * 2**30


def test_keys_that_gemma_3_leaves_out_have_the_defaults_of_transformers(tmp_path: Path) -> None:
    facts = read_folder(write_folder(tmp_path, CONFIGS["gemma 3 4B, nested, without heads"]))
    assert (facts.context, facts.num_attention_heads, facts.vocab_size, facts.multimodal) == (131072, 8, 262208, True)


@pytest.mark.parametrize(
    ("quantization", "expected"),
    [
        ({"quant_method": "modelopt", "quantization": {"kv_cache_quant_algo": "FP8"}}, "fp8"),
        (
            {"quant_method": "modelopt_fp4", "kv_cache_scheme": {"dynamic": False, "num_bits": 8, "type": "float"}},
            "fp8",
        ),
        ({"quant_method": "compressed-tensors", "kv_cache_scheme": {"num_bits": 8}}, "fp8"),
        ({"quant_method": "compressed-tensors", "kv_cache_scheme": None}, ""),
        ({"quant_method": "modelopt", "quantization": {"kv_cache_quant_algo": "odd"}}, ""),
        ({"quant_method": "fp8"}, ""),
    ],
)
def test_the_type_that_a_checkpoint_asks_of_its_cache(tmp_path: Path, quantization: object, expected: str) -> None:
    assert read_folder(write_folder(tmp_path, LLAMA | {"quantization_config": quantization})).kv_dtype == expected


def test_modelopts_own_file_counts(tmp_path: Path) -> None:
    write_folder(tmp_path)
    (tmp_path / "hf_quant_config.json").write_text(
        json.dumps({"quantization": {"quant_algo": "NVFP4", "kv_cache_quant_algo": "FP8"}})
    )
    facts = read_folder(tmp_path)
    assert (facts.quantization, facts.kv_dtype) == ("modelopt_fp4", "fp8")


@pytest.mark.parametrize(
    ("scaling", "expected"),
    [
        ({"rope_type": "linear", "factor": 4.0}, 524288),
        ({"rope_type": "yarn", "factor": 4.0}, 131072),
        ({"type": "llama3", "factor": 8.0}, 131072),
        (None, 131072),
    ],
)
def test_scaled_positions_lengthen_the_context(tmp_path: Path, scaling: object, expected: int) -> None:
    assert read_folder(write_folder(tmp_path, LLAMA | {"rope_scaling": scaling})).context == expected
