"""vLLM's memory: the KV cache as vLLM itself computes it, for real models of its own, and what the terms hold to."""

import json
import os
import subprocess
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_server.memory.folder import FolderFacts, read_folder
from ai_server.memory.folder_layers import Kind, Layers
from ai_server.memory.settings import VllmSettings
from ai_server.memory.terms import GIB, Term
from ai_server.memory.vllm import start_condition, terms
from ai_server.memory.vllm_kv import cache_of, kv_bytes_per_token, largest_model_len, least_kv_bytes
from tests.agreement import installed
from tests.memory.model_folders import LLAMA, write_folder
from tests.memory.vllm_configs import CONFIGS

HERE = Path(__file__).parent
ANSWERS = HERE / "vllm_answers.json"
"""Of vLLM 0.30.0."""
TENSOR = {"model.norm.weight": ("BF16", 8192)}
BLOCK, MLA_BLOCK = 128, 16
"""Tokens of a block on a CPU, where vLLM runs here; what it forces for latent attention."""
AT_ONCE = VllmSettings(max_model_len=32768, max_num_seqs=8, max_num_batched_tokens=8192)
KV_TYPES = ("fp8", "fp8_e5m2")
SLIDING = [Layers("sliding", 20, 8, 128, 128, window=1024), Layers("full", 4, 8, 128, 128)]
HYBRID = [Layers("state", 36, conv=24576, ssm=524288), Layers("full", 12, 2, 256, 256)]


def facts(*layers: Layers, **more: object) -> FolderFacts:
    """Facts of a model with some layers."""
    sizes = {"vocab_size": 128256, "hidden_size": 4096, "intermediate_size": 14336, "num_attention_heads": 32}
    rest = {"weights": 16 * GIB, "weights_by_type": (("BF16", 16 * GIB),), "context": 131072, "speculative": 0}
    words = {"name": "model", "model_type": "llama", "dtype": "bfloat16", "quantization": "", "kv_dtype": ""}
    given = {**sizes, **rest, **words, "multimodal": False, "layers": layers, **more}
    return FolderFacts(**given)  # type: ignore[arg-type]


DENSE = facts(Layers("full", 32, 8, 128, 128))


@pytest.fixture(scope="module")
def vllm_says(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """What vLLM computes for each model, and for a model with each type of KV cache: as recorded, since it takes
    minutes; --prove asks vLLM itself, and with --update records its answers anew.
    """
    if not pytestconfig.getoption("--prove"):
        recorded: dict[str, dict[str, object]] = json.loads(ANSWERS.read_text())
        return recorded
    said = asked(tmp_path_factory.mktemp("models"))
    if pytestconfig.getoption("--update"):
        ANSWERS.write_text(json.dumps(said, indent=1) + "\n")
    return said


def asked(home: Path) -> dict[str, dict[str, object]]:
    """The answers of vLLM itself; skips if it is not installed."""
    try:
        python = installed.vllm_python()
    except installed.NotInstalledError as error:
        pytest.skip(str(error))
    cases = [(name, "auto") for name in CONFIGS] + [("llama 3.1 8B", kind) for kind in KV_TYPES]
    lines = [json.dumps(question(home / str(at), name, kind)) for at, (name, kind) in enumerate(cases)]
    run = subprocess.run(
        [python, HERE / "in_vllm.py"],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert run.returncode == 0, run.stderr[-2000:]
    said = [json.loads(line.removeprefix("ANSWER")) for line in run.stdout.splitlines() if line.startswith("ANSWER")]
    names = [name if kind == "auto" else kind for name, kind in cases]
    return dict(zip(names, said, strict=True))


def question(folder: Path, name: str, kind: str) -> dict[str, object]:
    """What in_vllm.py is asked: a folder, and amounts of memory around the least."""
    known = read_folder(write_folder(folder, CONFIGS[name], TENSOR))
    # only Qwen's processor of pictures is looked for when the model is built
    (folder / "preprocessor_config.json").write_text('{"image_processor_type": "Qwen2VLImageProcessor"}')
    least = least_kv_bytes(known, replace(AT_ONCE, kv_cache_dtype=kind), block=block(known))
    arguments: dict[str, object] = {"max_num_seqs": 8, "max_num_batched_tokens": 8192, "max_model_len": 32768}
    return {
        "folder": str(folder),
        "arguments": arguments | ({} if kind == "auto" else {"kv_cache_dtype": kind}),
        "bytes": [least - 1, least, least * 3 // 5, 2 * least],
        "block": BLOCK,
    }


def block(known: FolderFacts) -> int:
    """The tokens of a block that vLLM takes here."""
    return MLA_BLOCK if any(layers.kind == "mla" for layers in known.layers) else BLOCK


@pytest.mark.parametrize("name", [*CONFIGS, *KV_TYPES])
def test_the_kv_cache_is_what_vllm_computes(name: str, vllm_says: dict[str, dict[str, object]], tmp_path: Path) -> None:
    said = vllm_says[name]
    assert "error" not in said
    settings = replace(AT_ONCE, kv_cache_dtype=name) if name in KV_TYPES else AT_ONCE
    known = read_folder(write_folder(tmp_path, CONFIGS.get(name, CONFIGS["llama 3.1 8B"]), TENSOR))
    cache = cache_of(known, settings, block(known))
    least = least_kv_bytes(known, settings, block=block(known))
    assert (cache.block_bytes, least) == (said["block_bytes"], said["least"])
    below, enough, _, twice = said["blocks"]  # type: ignore[misc]
    assert "To serve at least one request with the model's max seq len (32768)" in str(below)
    assert (enough, twice) == (least // cache.block_bytes, 2 * least // cache.block_bytes)
    amounts = [least - 1, least, least * 3 // 5, 2 * least]
    longest = [min(32768, largest_model_len(known, settings, amount, block=block(known))) for amount in amounts]
    assert longest == said["longest"]


@pytest.mark.parametrize(
    ("known", "kind", "expected"),
    [
        pytest.param(facts(Layers("full", 64, 8, 128, 128)), "auto", 256 * 1024, id="Qwen3-32B: backends.md F.5"),
        pytest.param(facts(Layers("full", 64, 8, 128, 128)), "fp8", 128 * 1024, id="Qwen3-32B in fp8"),
        pytest.param(facts(Layers("full", 32, 8, 128, 128)), "auto", 128 * 1024, id="Llama 3.1 8B"),
        pytest.param(facts(Layers("full", 36, 8, 128, 128)), "auto", 144 * 1024, id="144 KiB: backends.md F.4 row 10"),
        pytest.param(facts(Layers("mla", 61, 1, 576)), "auto", 61 * 1152, id="DeepSeek V3: backends.md F.5"),
        pytest.param(facts(Layers("full", 64, 8, 128, 128)), "nvfp4", 64 * 8 * 2 * 72, id="nvfp4_kv_cache_full_dim"),
        pytest.param(facts(*HYBRID), "auto", 12 * 2 * 512 * 2, id="Qwen3-Next: states do not grow"),
    ],
)
def test_bytes_of_a_token(known: FolderFacts, kind: str, expected: int) -> None:
    assert kv_bytes_per_token(known, VllmSettings(kv_cache_dtype=kind)) == expected


def test_a_checkpoint_may_ask_for_a_smaller_cache() -> None:
    asks = replace(DENSE, kv_dtype="fp8")
    assert kv_bytes_per_token(asks, VllmSettings()) == kv_bytes_per_token(DENSE, VllmSettings()) / 2
    assert kv_bytes_per_token(asks, VllmSettings(kv_cache_dtype="bfloat16")) == kv_bytes_per_token(
        DENSE, VllmSettings()
    )


def test_the_start_condition_holds_even_with_a_fixed_pool() -> None:
    settings = VllmSettings(kv_cache_bytes=4 * GIB, gpu_memory_utilization=0.5)
    assert start_condition(settings, 100 * GIB) == 50 * GIB


def test_a_fixed_pool_is_exact_and_the_rest_is_a_bound() -> None:
    found = {term.name: term for term in terms(DENSE, VllmSettings(kv_cache_bytes=4 * GIB), 122 * GIB)}
    assert (found["KV cache"].bytes, found["weights"].bytes) == (4 * GIB, 16 * GIB)
    assert found["activations"].certain < found["activations"].bytes


def test_with_a_utilization_the_device_takes_exactly_that() -> None:
    found = [term for term in terms(DENSE, VllmSettings(), 122 * GIB) if term.where == "device"]
    assert sum(term.bytes for term in found) == sum(term.certain for term in found)
    assert sum(term.bytes for term in found) == start_condition(VllmSettings(), 122 * GIB)


@pytest.mark.parametrize(
    ("settings", "pool", "measured"),
    [
        pytest.param(
            VllmSettings(max_model_len=8192, max_num_seqs=256, max_num_batched_tokens=8192, kv_cache_bytes=GIB),
            79 * GIB,
            1.26,
            id="Llama 3 8B: vllm-project/vllm#10511",
        ),
    ],
)
def test_activations_hold_what_was_measured(settings: VllmSettings, pool: int, measured: float) -> None:
    found = next(term for term in terms(DENSE, settings, pool) if term.name == "activations")
    assert measured * GIB <= found.bytes <= 1.5 * measured * GIB


@pytest.mark.parametrize(
    ("sequences", "measured"),
    [
        pytest.param(8, 0.36, id="16 sizes: gpustack/runner#251"),
        pytest.param(256, 0.73, id="51 sizes: vllm-project/vllm#39559, backends.md F.5"),
    ],
)
def test_cuda_graphs_hold_what_was_measured(sequences: int, measured: float) -> None:
    found = terms(DENSE, VllmSettings(max_num_seqs=sequences, kv_cache_bytes=GIB), 79 * GIB)
    graphs = next(term for term in found if term.name == "CUDA graphs")
    assert graphs.certain <= measured * GIB <= graphs.bytes <= 3 * GIB


def test_eager_mode_has_no_graphs() -> None:
    assert all(term.name != "CUDA graphs" for term in terms(DENSE, VllmSettings(enforce_eager=True), 79 * GIB))


def test_weights_of_32_bits_take_16_unless_they_are_quantized() -> None:
    single = replace(DENSE, weights_by_type=(("F32", 16 * GIB),))
    assert terms(single, VllmSettings(), 79 * GIB)[0].bytes == 8 * GIB
    assert terms(replace(single, quantization="fp8"), VllmSettings(), 79 * GIB)[0].bytes == 16 * GIB


def test_several_gpus_share_weights_and_heads() -> None:
    two = VllmSettings(tensor_parallel=2, kv_cache_bytes=GIB)
    assert terms(DENSE, two, 79 * GIB)[0].bytes == 8 * GIB
    assert kv_bytes_per_token(DENSE, two) == kv_bytes_per_token(DENSE, VllmSettings()) / 2


def test_a_model_with_pictures_has_a_cache_for_them_on_the_host() -> None:
    found = terms(replace(DENSE, multimodal=True), VllmSettings(shm_bytes=2 * GIB), 79 * GIB)
    host = {term.name: term.bytes for term in found if term.where == "host"}
    assert {"cache of pictures": 4 * GIB, "/dev/shm": 2 * GIB}.items() <= host.items()


def test_the_largest_context_fits_and_one_block_more_does_not() -> None:
    settings = VllmSettings(max_num_batched_tokens=2048)
    most = largest_model_len(DENSE, settings, 4 * GIB)
    assert least_kv_bytes(DENSE, replace(settings, max_model_len=most)) <= 4 * GIB
    assert least_kv_bytes(DENSE, replace(settings, max_model_len=most + 1)) > 4 * GIB
    assert largest_model_len(DENSE, settings, 0) == 0


KINDS: list[Kind] = ["full", "sliding", "chunked", "mla", "state"]
LAYERS = st.builds(
    Layers,
    st.sampled_from(KINDS),
    st.integers(1, 64),
    kv_heads=st.integers(1, 32),
    key=st.sampled_from([64, 128, 256]),
    value=st.sampled_from([64, 128, 256]),
    window=st.integers(1, 8192),
    conv=st.integers(100, 10**5),
    ssm=st.integers(0, 10**6),
    ssm_dtype=st.sampled_from(["", "float32"]),
)
MODELS = st.lists(LAYERS, min_size=1, max_size=3).map(lambda layers: facts(*layers))
SETTINGS = st.builds(
    VllmSettings,
    max_model_len=st.integers(1, 2**20),
    max_num_seqs=st.integers(1, 1024),
    max_num_batched_tokens=st.integers(0, 2**15),
    kv_cache_bytes=st.integers(0, 100 * GIB),
    gpu_memory_utilization=st.floats(0, 1),
    kv_cache_dtype=st.sampled_from(["auto", "fp8", "nvfp4", "bfloat16"]),
    enforce_eager=st.booleans(),
    tensor_parallel=st.sampled_from([1, 2, 4]),
    shm_bytes=st.integers(0, GIB),
)


@given(MODELS, SETTINGS, st.integers(1, 2**20))
def test_a_longer_context_never_needs_less(known: FolderFacts, settings: VllmSettings, more: int) -> None:
    longer = replace(settings, max_model_len=settings.max_model_len + more)
    assert 0 < least_kv_bytes(known, settings) <= least_kv_bytes(known, longer)


@given(MODELS, SETTINGS)
def test_smaller_numbers_never_take_more(known: FolderFacts, settings: VllmSettings) -> None:
    sizes = [kv_bytes_per_token(known, replace(settings, kv_cache_dtype=kind)) for kind in ("nvfp4", "fp8", "bfloat16")]
    assert all(small <= large for small, large in pairwise(sizes))


@given(LAYERS, SETTINGS, st.integers(1, 64))
def test_more_layers_of_a_kind_never_take_less(layers: Layers, settings: VllmSettings, more: int) -> None:
    larger = replace(layers, count=layers.count + more)
    assert least_kv_bytes(facts(layers), settings) <= least_kv_bytes(facts(larger), settings)


@given(MODELS, SETTINGS, st.integers(0, 200 * GIB))
def test_no_term_is_negative_or_certain_beyond_its_bytes(known: FolderFacts, settings: VllmSettings, pool: int) -> None:
    for term in terms(known, settings, pool):
        assert 0 <= term.certain <= term.bytes, term
        assert term.source, term


@given(MODELS, SETTINGS, st.integers(0, 100 * GIB))
def test_the_largest_context_is_one_with_which_vllm_starts(
    known: FolderFacts, settings: VllmSettings, amount: int
) -> None:
    most = largest_model_len(known, settings, amount)
    assert most == 0 or least_kv_bytes(known, replace(settings, max_model_len=most)) <= amount


def names(found: list[Term]) -> list[str]:
    """The terms' names."""
    return [term.name for term in found]


def test_weights_and_the_cache_come_first() -> None:
    assert names(terms(DENSE, VllmSettings(), 79 * GIB))[:2] == ["weights", "KV cache"]


def test_a_folder_of_llama_is_a_model_that_vllm_knows(tmp_path: Path) -> None:
    known = read_folder(write_folder(tmp_path, LLAMA))
    assert kv_bytes_per_token(known, VllmSettings()) == 128 * 1024
