"""What flags of llama-server leave in the memory of the machine: weights of layers that are on the GPU, and caches."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_server.memory.aside import is_certain, left_on_host
from ai_server.memory.by_name import facts_by_name
from ai_server.memory.groups import Group, as_runs, from_runs
from ai_server.memory.llamacpp import terms
from ai_server.memory.model import ModelFacts
from ai_server.memory.settings import LlamaSettings
from ai_server.memory.terms import MIB
from tests.memory.made import described

FACTS = {name: ModelFacts.of(header) for name, header in described("measured_models.yaml").items()}
ON_GPU = LlamaSettings(accelerator="cuda")
EXACT = 0.2
groups = st.builds(Group, st.integers(0, 2**40), st.integers(0, 2**40), st.integers(0, 2**40))


def planned(name: str, **chosen: object) -> dict[str, float]:
    """MiB of each term of a model."""
    sizes: dict[str, float] = {}
    for term in terms(FACTS[name], replace(ON_GPU, **chosen)):  # type: ignore[arg-type]
        sizes[term.name] = sizes.get(term.name, 0) + term.bytes / MIB
    return sizes


@pytest.mark.parametrize(
    ("name", "context", "ubatch", "flag", "reserved"),
    [
        ("qwen3moe", 4096, 512, "n_cpu_moe", 172.01),
        ("qwen3moe", 65536, 512, "n_cpu_moe", 232.01),
        ("qwen3moe", 16384, 2048, "n_cpu_moe", 412.05),
        ("gptoss", 16384, 512, "n_cpu_moe", 218.74),
        ("gptoss", 16384, 2048, "n_cpu_moe", 477.53),
        ("deepseek2", 16384, 512, "n_cpu_moe", 171.51),
        ("deepseek2", 16384, 2048, "n_cpu_moe", 389.04),
        ("llama1b", 65536, 512, "n_cpu_ffn", 144.01),
        ("llama1b", 16384, 2048, "n_cpu_ffn", 352.05),
        ("llama70b", 4096, 512, "n_cpu_ffn", 306.01),
        ("llama70b", 16384, 2048, "n_cpu_ffn", 1118.05),
    ],
)
def test_the_copy_of_weights_is_what_llama_cpp_reserves(
    name: str, context: int, ubatch: int, flag: str, reserved: float
) -> None:
    """Its own scheduler and allocator, b11434, for a device that says about each operation what CUDA's says."""
    sizes = planned(name, ctx_size=context, ubatch_size=ubatch, **{flag: -1})
    assert sizes["compute buffer"] == pytest.approx(reserved, abs=EXACT)


@pytest.mark.parametrize(
    ("name", "context", "chosen", "reserved"),
    [
        ("llama1b", 65536, {"n_gpu_layers": 2}, 212.0),
        ("llama1b", 65536, {"kv_offload": False}, 212.01),
        ("llama70b", 65536, {"n_gpu_layers": 2}, 400.0),
        ("gemma3", 65536, {"kv_offload": False}, 622.01),
        ("gptoss", 65536, {"n_gpu_layers": 2}, 356.98),
        ("qwen3moe", 65536, {"kv_offload": False}, 288.01),
        ("deepseek2", 65536, {"kv_offload": False}, 336.0),
    ],
)
def test_attention_copies_a_layers_cache_from_the_host(
    name: str, context: int, chosen: dict[str, object], reserved: float
) -> None:
    """The same source; never more than 5 % or 16 MiB below, nor 25 % or 128 MiB above."""
    plan = planned(name, ctx_size=context, **chosen)["compute buffer"]
    assert reserved - max(16, reserved * 0.05) <= plan <= reserved + max(128, reserved * 0.25)


def test_short_batches_and_no_op_offload_copy_nothing() -> None:
    """The CPU computes with the experts: 2.1 MiB in place of 127 for a batch of 31 tokens."""
    short = planned("qwen3moe", ubatch_size=31, n_cpu_moe=-1)
    assert short["compute buffer"] == planned("qwen3moe", ubatch_size=31)["compute buffer"]
    on_cpu, plain = planned("qwen3moe", n_cpu_moe=-1, op_offload=False), planned("qwen3moe")
    assert on_cpu["compute buffer"] == plain["compute buffer"]
    assert on_cpu["compute buffer on the host"] > plain["compute buffer on the host"] + 60


def test_experts_of_the_first_layers_stay_on_the_host() -> None:
    """measured.jsonl: 699.73 MiB on the GPU with 2 of 3, and 315.3 on the host without any; a dense layer has none."""
    sizes = planned("qwen3moe", n_cpu_moe=2)
    assert sizes["weights"] == pytest.approx(699.73, abs=0.011)
    assert sizes["weights on the host"] == pytest.approx(315.3 + 2 * 3 * 108, abs=0.011)
    assert planned("deepseek2", n_cpu_moe=1)["weights"] == planned("deepseek2")["weights"]
    assert planned("qwen3moe", n_cpu_ffn=-1)["weights"] == planned("qwen3moe")["weights"]


def test_biases_of_experts_stay_with_them() -> None:
    """gpt-oss: three tensors of f32, 2,880 for each of 32 experts, which llama.cpp's pattern matches too."""
    with_bias = left_on_host(FACTS["gptoss"], replace(ON_GPU, n_cpu_moe=1))[0]
    assert with_bias.host == 3 * (2880 * 2880 * 32 * 17 // 32 + 4 * 2880 * 32)


def test_a_cache_that_is_not_offloaded_is_on_the_host() -> None:
    """--no-kv-offload moves the cache and the recurrent state, not the weights."""
    for name in ("llama1b", "gemma3", "qwen35moe"):
        found = terms(FACTS[name], replace(ON_GPU, kv_offload=False))
        assert {term.where for term in found if "KV" in term.name or "state" in term.name} == {"host"}
        assert planned(name, kv_offload=False)["weights"] == planned(name)["weights"]


@given(
    st.sampled_from(sorted(FACTS)),
    st.integers(0, 30),
    st.integers(1, 30),
    st.sampled_from(["n_cpu_moe", "n_cpu_ffn"]),
    st.none() | st.integers(0, 30),
)
def test_more_layers_aside_never_take_more_of_the_gpu(
    name: str, count: int, more: int, flag: str, layers: int | None
) -> None:
    """Of weights; and what leaves the GPU is on the host."""
    few, many = (planned(name, n_gpu_layers=layers, **{flag: number}) for number in (count, count + more))
    every = planned(name, n_gpu_layers=layers, **{flag: -1})
    assert few.get("weights", 0) >= many.get("weights", 0) >= every.get("weights", 0)
    assert few["weights on the host"] <= many["weights on the host"] <= every["weights on the host"]


@pytest.mark.parametrize(
    ("pattern", "layers"),
    [
        ("exps", 3),
        (r"\.ffn_.*_exps\.", 3),
        (r"blk\.[01]\.ffn_.*_exps", 2),
        (r"ffn_(up|down|gate)_exps", 3),
        (r"blk\.(2|3)\.ffn_(up|down|gate|gate_up)_(ch|)exps", 1),
    ],
)
def test_a_pattern_of_whole_groups_is_known(pattern: str, layers: int) -> None:
    """As regular expressions that --override-tensor usually has."""
    chosen = replace(ON_GPU, on_host=(pattern,))
    assert is_certain(FACTS["qwen3moe"], chosen)
    assert planned("qwen3moe", on_host=(pattern,))["weights"] == pytest.approx(1347.73 - layers * 324, abs=0.011)


@pytest.mark.parametrize("pattern", ["ffn_up_exps", "ffn", ".*", "(", "attn", "output"])
def test_a_pattern_of_anything_else_is_not(pattern: str) -> None:
    """Then nothing on the GPU is certain, and all of it is planned there."""
    chosen = replace(ON_GPU, on_host=(pattern,))
    assert not is_certain(FACTS["qwen3moe"], chosen)
    assert planned("qwen3moe", on_host=(pattern,))["weights"] == planned("qwen3moe")["weights"]


def test_facts_from_before_are_read_but_do_not_tell() -> None:
    """A facts file without experts: only a model that has some is uncertain."""
    for name, certain in (("qwen3moe", False), ("llama1b", True)):
        data = json.loads(json.dumps(FACTS[name].as_json()))
        del data["experts"], data["feedForward"]
        assert is_certain(ModelFacts.from_json(data), replace(ON_GPU, n_cpu_moe=2)) is certain


@given(st.lists(groups, max_size=9))
def test_groups_survive_a_facts_file(found: list[Group]) -> None:
    assert from_runs(as_runs(tuple(found))) == tuple(found)


def test_layers_that_are_alike_take_one_row_of_a_facts_file() -> None:
    assert as_runs((Group(1, 2, 3),) * 48) == [[48, 1, 2, 3]]


def test_a_name_tells_the_experts_too() -> None:
    """Most of a mixture of experts leaves the GPU, and nothing is lost."""
    known = facts_by_name("gguf/Qwen3-30B-A3B-Instruct-2507-Q4_K_M.gguf")
    assert known
    plain, aside = (terms(known.facts, replace(ON_GPU, n_cpu_moe=count)) for count in (0, -1))
    sizes = [{term.name: term.bytes for term in found} for found in (plain, aside)]
    assert sizes[1]["weights"] < sizes[0]["weights"] / 8
    assert sum(sizes[0][name] for name in ("weights", "weights on the host")) == sum(
        sizes[1][name] for name in ("weights", "weights on the host")
    )
