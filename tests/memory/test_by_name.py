"""Facts from the names of files, compared with what was published and measured; each row's source is in models.yaml."""

import re
from pathlib import Path
from typing import Any

import pytest

from ai_server.memory.by_name import facts_by_name, weights_of
from ai_server.memory.by_name_folder import folder_by_name
from ai_server.memory.catalogue import KnownModel, catalogue, known_model, names
from ai_server.memory.model import ModelFacts
from ai_server.memory.parameters import is_recurrent, parameters, trunk
from ai_server.memory.quantisation import quantisation
from ai_server.reading.data import read_data

ROOT = Path(__file__).parents[2]
LISTINGS: list[dict[str, Any]] = read_data(__file__, "published_sizes.yaml")["listings"]
MIB = 2**20
ROWS = pytest.mark.parametrize("model", catalogue(), ids=lambda model: f"{model.name}: {model.sources[0].url}")
UNKNOWN = {"chat-large", "chat-small", "coder", "embed", "gone", "rank", "chat-draft"}
"""Names of models in values/ that say nothing."""


def kv_numbers(facts: ModelFacts, *, window: bool | None = None) -> int:
    """The numbers that a token takes in the KV cache: of all layers, or of those with or without a window."""
    layers = trunk(facts)
    heads = facts.per_layer("attention.head_count_kv", layers, facts.number("attention.head_count"))
    pattern = facts.per_layer("attention.sliding_window_pattern", layers, 0)
    if facts.architecture == "gpt-oss":
        pattern = tuple(layer % 2 == 0 for layer in range(layers))
    shared = layers - facts.number("attention.shared_kv_layers", 0)
    total = 0
    for layer in range(shared):
        if is_recurrent(facts, layer) or window not in (None, bool(pattern[layer])):
            continue
        kind = "_swa" if pattern[layer] and "attention.key_length_swa" in facts.hyperparameters else ""
        key, value = (facts.number(f"attention.{name}_length{kind}") for name in ("key", "value"))
        total += heads[layer] * (key + (0 if "attention.key_length_mla" in facts.hyperparameters else value))
    return total


@ROWS
def test_a_row_has_a_source_and_positive_hyperparameters(model: KnownModel) -> None:
    assert model.sources
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", source.date) for source in model.sources)
    assert all(source.url.startswith("https://") for source in model.sources)
    for key, value in model.hyperparameters.items():
        least = 0 if key in {"attention.shared_kv_layers", "embedding_length_per_layer_input"} else 1
        assert (max(value) if isinstance(value, tuple) else value) >= least, key
    assert {"block_count", "embedding_length", "attention.head_count", "vocab_size"} <= model.hyperparameters.keys()


@ROWS
def test_hyperparameters_give_the_number_of_weights_that_is_stated(model: KnownModel) -> None:
    found = facts_by_name(model.examples[0])
    assert found
    assert parameters(found.facts).total == pytest.approx(model.parameters, rel=0.05)


@ROWS
def test_examples_name_their_own_row_only(model: KnownModel) -> None:
    assert len(model.examples) >= 2
    for example in model.examples:
        (name,) = names(example)
        assert [row.name for row in catalogue() if row.form.search(name)] == [model.name], example


@ROWS
def test_the_bound_of_an_unknown_model_is_above_each_row(model: KnownModel) -> None:
    """What a token takes in the KV cache, as if the row were missing and only its number of weights were known."""
    known, unknown = facts_by_name(model.examples[0]), facts_by_name(f"unknown-{model.parameters / 1e9}b-bf16.gguf")
    assert known
    assert unknown
    assert not unknown.model
    assert kv_numbers(known.facts) <= kv_numbers(unknown.facts)


@pytest.mark.parametrize(
    ("name", "size", "rounding"),
    [
        pytest.param(name, size, listing.get("rounding", 0), id=f"{name}: {listing['source']}")
        for listing in LISTINGS
        for name, size in listing["files"].items()
    ],
)
def test_a_published_file_is_between_least_and_most(name: str, size: int, rounding: int) -> None:
    found = facts_by_name(name)
    assert found
    assert found.model
    assert found.least - rounding <= size <= found.facts.file_bytes + rounding


@pytest.mark.parametrize(
    ("name", "window", "cells", "bits", "mib"),
    [
        pytest.param("gpt-oss-120b-mxfp4.gguf", False, 65536, 16, 2304.00, id="measured, llama.cpp, f16, 4 slots"),
        pytest.param("gpt-oss-120b-mxfp4.gguf", True, 1024, 16, 36.00, id="the same, window"),
        pytest.param("gpt-oss-20b-mxfp4.gguf", False, 8192, 8.5, 102.00, id="measured, llama.cpp, q8_0"),
        pytest.param("gpt-oss-20b-mxfp4.gguf", False, 131072, 16, 3072.00, id="measured on an H200, b11434"),
        pytest.param("Qwen3-Next-80B-A3B.gguf", None, 300032, 16, 7032.00, id="ROCm/TheRock#2595"),
        pytest.param("gemma-4-12B-it-Q4_0.gguf", False, 8192, 8.5, 68.00, id="measured, llama.cpp, q8_0"),
        pytest.param("gemma-4-12B-it-Q4_0.gguf", True, 4608, 8.5, 765.00, id="the same, window"),
        pytest.param("gemma-4-E4B-it.gguf", False, 32768, 16, 512.00, id="measured, llama.cpp, f16"),
        pytest.param("gemma-4-E4B-it.gguf", True, 1024, 16, 40.00, id="the same, window"),
        pytest.param("DeepSeek-Coder-V2-Lite.gguf", None, 16384, 16, 4320.00, id="measured, 8 streams, no MLA"),
        pytest.param("Qwen3-8B-F16.gguf", None, 16384, 16, 2304.00, id="measured, 144 KiB per token"),
        pytest.param("Qwen3-235B-A22B-UD-Q3_K_XL.gguf", None, 65536, 16, 12032.00, id="kyuz0's estimator: 11.75 GiB"),
    ],
)
def test_the_kv_cache_is_as_measured(name: str, window: bool | None, cells: int, bits: float, mib: float) -> None:
    found = facts_by_name(name)
    assert found
    assert kv_numbers(found.facts, window=window) * cells * bits / 8 / MIB == pytest.approx(mib, abs=0.01)


def test_weights_of_measured_files_are_within_bounds() -> None:
    """gpt-oss-120b: 59851.68 MiB on a GPU; gpt-oss-20b: 10,949 MiB there and the input embedding on the host."""
    for name, mib in (("gpt-oss-120b-mxfp4.gguf", 59851.68), ("gpt-oss-20b-mxfp4.gguf", 10949)):
        found = facts_by_name(name)
        assert found
        on_device = sum(layer.device for layer in found.facts.layers) + found.facts.output.device
        assert found.least - found.facts.input.host <= mib * MIB <= on_device


def test_models_of_the_profiles_are_known_or_listed() -> None:
    unknown = set()
    for file in (ROOT / "values").glob("*/values.yaml"):
        for path in re.findall(r"(?:file|model): ((?:gguf|hf)/[\w./-]+)", file.read_text()):
            if facts_by_name(path) is None or not known_model(path):
                unknown.add(re.sub(r"-\d{5}-of-\d{5}", "", path.split("/")[-1]).removesuffix(".gguf"))
    assert unknown == UNKNOWN


@pytest.mark.parametrize("name", ["coder.gguf", "mmproj-Qwen3.8-27B-F16.gguf", "mtp-Qwen3.6-27B.gguf", "", "/"])
def test_a_name_that_says_nothing_gives_nothing(name: str) -> None:
    assert facts_by_name(name) is None


def test_a_pruned_model_is_not_the_one_whose_name_it_has() -> None:
    assert known_model("GLM-4.5-Air-REAP-82B-A12B-Q4_K_M.gguf") is None


def test_a_folder_names_the_model_of_a_file_that_does_not() -> None:
    found = facts_by_name("gguf/gpt-oss-20b/mxfp4.gguf")
    assert found
    assert found.model == "gpt-oss-20b"


def test_the_number_of_weights_is_in_the_name() -> None:
    assert weights_of("foo-8x7b-q4_k_m") == (56_000_000_000, 44_800_000_000)
    assert weights_of("foo-235b-a22b") == (235_000_000_000, 235_000_000_000)
    assert weights_of("foo-1.5b.q8_0") == (1_500_000_000, 1_500_000_000)
    assert weights_of("foo-a3b") is None


def test_quantisations_are_read_from_the_file_first() -> None:
    bits = quantisation("hf/foo-nvfp4/foo-Q4_K_M.gguf")
    assert bits
    assert bits.least == 4.5
    assert quantisation("foo.gguf") is None


@pytest.mark.parametrize(
    ("name", "kib"),
    [
        pytest.param("hf/Llama-3.2-1B", 32, id="checks/pages/programs/small-kv-cache.md"),
        pytest.param("hf/qwen3-32b-nvfp4", 256, id="checks/pages/programs/small-kv-cache.md"),
        pytest.param("hf/Qwen3.5-35B-A3B", 20, id="checks/pages/programs/small-kv-cache.md, hybrid"),
        pytest.param("hf/DeepSeek-Coder-V2-Lite-Instruct", 27 * 576 * 2 / 1024, id="MLA: rank and rope of 27 layers"),
        pytest.param("hf/gpt-oss-120b", 36, id="18 layers without a window: 2304 MiB for 65536 tokens"),
    ],
)
def test_a_folder_takes_so_much_kv_cache_per_token(name: str, kib: float) -> None:
    found = folder_by_name(name)
    assert found
    groups = [group for group in found.facts.layers if group.kind in {"full", "mla"}]
    assert sum(2 * group.count * group.kv_heads * (group.key + group.value) for group in groups) == kib * 1024


def test_a_folder_in_four_bits_is_within_bounds() -> None:
    """Qwen3.8-27B in NVFP4 takes 19.75 GiB."""
    found = folder_by_name("hf/Qwen3.8-27B-NVFP4/")
    assert found
    assert found.least <= 19.75 * 2**30 <= found.facts.weights


def test_states_of_a_folder_are_those_of_its_layers() -> None:
    found = folder_by_name("hf/NVIDIA-Nemotron-3-Nano-30B-A3B-NVFP4")
    assert found
    assert {group.kind: group.count for group in found.facts.layers} == {"state": 23, "full": 6}
    assert folder_by_name("hf/chat") is None
