"""Facts from the names of files, compared with what was published and measured; each row's source is in models.yaml."""

import re
from pathlib import Path
from typing import Any

import pytest

from ai_server.memory import quantisation as quantisation_module
from ai_server.memory.by_name import facts_by_name, weights_of
from ai_server.memory.by_name_folder import folder_by_name
from ai_server.memory.catalogue import KnownModel, catalogue, known_model, names
from ai_server.memory.kv import Context, cache_of
from ai_server.memory.layers import layers_of
from ai_server.memory.llamacpp import kv_bytes_per_token, terms
from ai_server.memory.parameters import parameters
from ai_server.memory.quantisation import quantisation
from ai_server.memory.settings import LlamaSettings
from ai_server.reading.data import read_data

ROOT = Path(__file__).parents[2]
LISTINGS: list[dict[str, Any]] = read_data(__file__, "published_sizes.yaml")["listings"]
MIB = 2**20
ROWS = pytest.mark.parametrize("model", catalogue(), ids=lambda model: f"{model.name}: {model.sources[0].url}")
UNKNOWN = {"chat-large", "chat-small", "coder", "embed", "gone", "rank", "chat-draft"}
"""Names of models in values/ that say nothing."""


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
    settings = LlamaSettings(swa_full=True)
    assert kv_bytes_per_token(known.facts, settings) <= kv_bytes_per_token(unknown.facts, settings)


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


SLOTS = {"parallel": 4, "kv_unified": True}
Q8 = {"cache_type_k": "q8_0", "cache_type_v": "q8_0"}


@pytest.mark.parametrize(
    ("name", "context", "settings", "full", "window"),
    [
        pytest.param("gpt-oss-120b-mxfp4.gguf", 65536, SLOTS, 2304.00, 36.00, id="F.4 1"),
        pytest.param("gpt-oss-20b-mxfp4.gguf", 8192, Q8, 102.00, None, id="F.4 2"),
        pytest.param("gpt-oss-20b-mxfp4.gguf", 131072, {**SLOTS, "ubatch_size": 2048}, 3072.00, 60.00, id="on an H200"),
        pytest.param("Qwen3-Next-80B-A3B.gguf", 300032, {}, 7032.00, 0, id="F.4 3: TheRock#2595"),
        pytest.param("gemma-4-12B-it-Q4_0.gguf", 8192, {**SLOTS, **Q8}, 68.00, 765.00, id="F.4 6"),
        pytest.param("gemma-4-E4B-it.gguf", 32768, {}, 512.00, 40.00, id="F.4 7"),
        pytest.param("DeepSeek-Coder-V2-Lite.gguf", 16384, {"parallel": 8}, 4320.00, 0, id="F.4 8: no MLA"),
        pytest.param("Qwen3-8B-F16.gguf", 16384, {}, 2304.00, 0, id="F.4 10: 144 KiB per token"),
        pytest.param("Qwen3-235B-A22B-UD-Q3_K_XL.gguf", 65536, {}, 12032.00, 0, id="F.4 12: kyuz0's estimator"),
    ],
)
def test_the_kv_cache_is_as_measured(
    name: str, context: int, settings: dict[str, Any], full: float, window: float | None
) -> None:
    found = facts_by_name(name)
    assert found
    wanted = LlamaSettings(ctx_size=context, **settings)
    cache = cache_of(layers_of(found.facts), Context.of(found.facts, wanted), wanted)
    assert sum(cache.full) / MIB == pytest.approx(full, abs=0.01)
    assert window is None or sum(cache.swa) / MIB == pytest.approx(window, abs=0.01)


@ROWS
def test_the_formulas_accept_a_row(model: KnownModel) -> None:
    found = facts_by_name(model.examples[0])
    assert found
    assert layers_of(found.facts).certain
    planned = terms(found.facts, LlamaSettings(ctx_size=8192))
    assert sum(term.bytes for term in planned) > found.least


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


@pytest.mark.parametrize("name", ["gguf/gpt-oss-20b/mxfp4.gguf", "gpt-oss:20b", "gpt_oss_20b.gguf"])
def test_a_name_may_be_a_folder_or_that_of_another_program(name: str) -> None:
    found = facts_by_name(name)
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


@pytest.mark.parametrize(
    "row", read_data(quantisation_module.__file__, "quantisations.yaml"), ids=lambda row: row["form"]
)
def test_bits_per_weight_are_in_order(row: dict[str, Any]) -> None:
    assert row["least"] <= row["typical"] <= row["most"] <= row.get("odd", row["most"])
    bits = quantisation(f"foo-{row['form'].replace('?', '').split('|')[0]}.gguf")
    assert bits
    assert (bits.least, bits.most) == (row["least"], row["most"])
