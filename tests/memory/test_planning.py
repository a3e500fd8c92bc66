"""The plan of a node: its pools, what is in memory together, and how that is known."""

from pathlib import Path
from typing import Any

import pytest

from ai_server.errors import UserError
from ai_server.memory.known import KnownModels
from ai_server.memory.terms import GIB
from tests.memory.releases import CUDA_TAINT, HALO, ROCM_TAINT, halo, known, model, node, planned, plans, segment


def test_unified_memory_is_one_pool_of_system_and_models(tmp_path: Path) -> None:
    plan = plans(tmp_path, halo("chat"), [HALO], known(chat=model(60)))
    [pool] = plan.pools
    assert (pool.name, pool.size) == ("memory shared with the GPU", 124 * GIB)
    assert [part.name for part in pool.segments] == ["system", "chat"]
    assert segment(pool, "chat").bytes == sum(term.bytes for term in segment(pool, "chat").terms) > 60 * GIB
    assert (plan.board, plan.verdict) == ("AMD Strix Halo (Ryzen AI Max+ 395)", "fits")


def test_what_the_kubelet_keeps_for_the_system_counts(tmp_path: Path) -> None:
    kept = node("halo", 124, taint=ROCM_TAINT, reserved=9, rocm="1")
    assert segment(plans(tmp_path, halo("chat"), [kept], known(chat=model(8))).pools[0], "system").bytes == 9 * GIB


def test_pods_of_others_on_the_node_count_with_their_requests(tmp_path: Path) -> None:
    container = {"name": "x", "resources": {"requests": {"memory": "7Gi"}}}
    pods = [
        {
            "metadata": {"name": f"pod-{name}", "namespace": "other"},
            "spec": {"nodeName": name, "containers": [container]},
        }
        for name in ("halo", "elsewhere")
    ]
    pool = plans(tmp_path, halo("chat"), [HALO], known(chat=model(8)), Pod=pods).pools[0]
    assert segment(pool, "other pods").bytes == 7 * GIB


def test_a_router_plans_the_largest_models_that_may_be_in_memory_together(tmp_path: Path) -> None:
    models = known(a=model(30), b=model(50), c=model(40))
    pool = plans(tmp_path, halo("a", "b", "c", modelsMax=2), [HALO], models).pools[0]
    assert [part.name for part in pool.loaded] == ["system", "b", "c"]
    assert pool.used == sum(segment(pool, name).bytes for name in ("system", "b", "c")) < 124 * GIB


@pytest.mark.parametrize(("most", "verdict"), [(1, "fits"), (3, "does not fit"), (0, "does not fit")])
def test_models_max_decides_whether_models_fit(tmp_path: Path, most: int, verdict: str) -> None:
    models = known(a=model(60), b=model(50), c=model(40))
    assert plans(tmp_path, halo("a", "b", "c", modelsMax=most), [HALO], models).verdict == verdict


def test_the_notes_say_which_models_take_turns_and_which_are_unloaded_when_idle(tmp_path: Path) -> None:
    values = halo("a", "b", modelsMax=1, server={"sleepIdleSeconds": 600})
    notes = " ".join(plans(tmp_path, values, [HALO], known(a=model(3), b=model(4))).notes)
    assert "at most 1 model of llama-server is in memory (modelsMax)" in notes
    assert "b is unloaded after 600 s without a request" in notes


@pytest.mark.parametrize(("gib", "verdict"), [(100, "fits"), (112, "tight"), (130, "does not fit")])
def test_the_verdict_follows_the_room(tmp_path: Path, gib: int, verdict: str) -> None:
    assert plans(tmp_path, halo("chat"), [HALO], known(chat=model(gib))).verdict == verdict


PC = """
gpu:
  models: {chat: {file: gguf/chat.gguf}}
  nodes: {pc: {%s pod: {runtimeClassName: nvidia}}}
"""


def test_a_card_has_a_pool_of_its_own(tmp_path: Path) -> None:
    pc = node("pc", 62, cuda="1", **{"nvidia.com__gpu.memory": "24564"})
    memory, card = plans(tmp_path, PC % "", [pc], known(chat=model(20))).pools
    assert (card.name, card.size // GIB) == ("GPU", 23)
    assert segment(card, "chat").bytes > 20 * GIB > 4 * GIB > segment(memory, "chat").bytes
    assert {term.where for term in segment(card, "chat").terms} == {"device"}


def test_layers_are_split_over_several_cards_and_buffers_are_not(tmp_path: Path) -> None:
    pc = node("pc", 62, cuda="2", **{"nvidia.com__gpu.memory": "24564"})
    _, first, second = plans(tmp_path, PC % "gpuCount: 2,", [pc], known(chat=model(40))).pools
    sizes = {term.name: term.bytes for term in segment(first, "chat").terms}
    assert sizes["weights"] == 20 * GIB
    assert sizes["GPU context"] == 592 * 2**20
    assert second.used == first.used


@pytest.mark.parametrize(("device", "pools"), [("744c", ["memory", "GPU"]), ("1586", ["memory shared with the GPU"])])
def test_a_workstation_with_a_card_of_amd_is_no_strix_halo(tmp_path: Path, device: str, pools: list[str]) -> None:
    values = "gpu: {models: {chat: {file: gguf/chat.gguf}}, nodes: {pc: {accelerator: rocm, renderGroup: 991}}}"
    pc = node("pc", 124, rocm="1", **{"amd.com__gpu.vram": "24G", "amd.com__gpu.device-id": device})
    assert [pool.name for pool in plans(tmp_path, values, [pc], known(chat=model(60))).pools] == pools


def test_vllm_needs_its_share_of_the_card_and_not_of_the_machine(tmp_path: Path) -> None:
    pc = node("pc", 124, cuda="1", **{"nvidia.com__gpu.memory": "24564"})
    vllm = "{enabled: true, model: hf/qwen3-4b, kvCacheMemory: '', gpuMemoryUtilization: 0.5}"
    values = (
        f"gpu: {{nodes: {{pc: {{pod: {{runtimeClassName: nvidia}}, llamacpp: {{enabled: false}}, vllm: {vllm}}}}}}}"
    )
    assert (
        "vLLM exits at its start unless 12.0 GiB are free (--gpu-memory-utilization)"
        in plans(tmp_path, values, [pc]).notes
    )


def test_each_of_several_gpus_has_its_share_of_a_vllm_once(tmp_path: Path) -> None:
    pc = node("pc", 124, cuda="2", **{"nvidia.com__gpu.memory": "24564"})
    values = (
        "gpu: {nodes: {pc: {pod: {runtimeClassName: nvidia}, llamacpp: {enabled: false}, vllm: {enabled: true, model:"
        " hf/qwen3-32b, kvCacheMemory: 8Gi, extraArgs: [--tensor-parallel-size, '2'], resources: {limits:"
        " {nvidia.com/gpu: '2'}}}}}}"
    )
    plan = plans(tmp_path, values, [pc])
    sizes = {term.name: term.bytes for term in segment(plan.pools[1], "qwen3-32b").terms}
    assert sizes["KV cache"] == 8 * GIB
    assert sizes["weights"] > 32.7e9, "half of 32.8 billion weights of 16 bits"
    assert plan.verdict != "fits"


def test_a_card_of_unknown_size_is_unknown_and_the_notes_say_why(tmp_path: Path) -> None:
    plan = plans(tmp_path, PC % "", [node("pc", 62, cuda="1")], known(chat=model(20)))
    assert plan.verdict == "unknown"
    assert any("kubectl label node pc nvidia.com/gpu.memory=24564" in note for note in plan.notes)


def test_without_a_gpu_everything_is_in_the_machines_memory(tmp_path: Path) -> None:
    plan = plans(tmp_path, PC % "accelerator: cpu,", [node("pc", 62)], known(chat=model(20)))
    [pool] = plan.pools
    assert segment(pool, "chat").bytes > 20 * GIB


def test_vllm_comfyui_and_speech_share_the_memory_of_a_thor(tmp_path: Path) -> None:
    values = (
        "thor: {nodes: {thor: {vllm: {model: hf/qwen3-32b-nvfp4, kvCacheMemory: 20Gi}, speech: {models: {w: {}}}}}}"
    )
    [pool] = plans(tmp_path, values, [node("thor", 122, taint=CUDA_TAINT, cuda="1")]).pools
    names = ["system", "qwen3-32b-nvfp4", "ComfyUI", "speech"]
    assert [part.name for part in pool.segments if part.kind != "pods"] == names
    assert next(term for term in segment(pool, names[1]).terms if term.name == "KV cache").bytes == 20 * GIB


@pytest.mark.parametrize("request_gib", [20, 200])
def test_a_model_about_which_nothing_is_known_may_take_more_than_its_request(tmp_path: Path, request_gib: int) -> None:
    values = halo("mystery", resources={"requests": {"memory": f"{request_gib}Gi"}})
    result = planned(tmp_path, values, [HALO])
    part = segment(result.plans[0].pools[0], "mystery")
    assert (part.known, part.bytes, part.certain) == ("nothing", request_gib * GIB, 0)
    assert (result.plans[0].verdict, result.unheard) == ("unknown", ("mystery",))


def test_a_name_does_not_tell_the_models_own_context(tmp_path: Path) -> None:
    plan = plans(tmp_path, halo("my-70b-q8_0", server={"ctxSize": 0}), [HALO])
    assert (plan.verdict, segment(plan.pools[0], "my-70b-q8_0").known) == ("unknown", "nothing")


def test_a_known_name_gives_an_upper_bound_and_its_source(tmp_path: Path) -> None:
    result = planned(tmp_path, halo("gpt-oss-120b-mxfp4"), [HALO])
    part = segment(result.plans[0].pools[0], "gpt-oss-120b-mxfp4")
    assert (part.known, result.guessed) == ("name", ("gpt-oss-120b-mxfp4",))
    assert 55 * GIB < part.certain < part.bytes < 80 * GIB
    assert "gpt-oss-120b" in next(term for term in part.terms if term.name == "weights").source


def test_a_model_that_llama_server_fits_itself_is_not_certain(tmp_path: Path) -> None:
    pc = node("pc", 62, cuda="1", **{"nvidia.com__gpu.memory": "24564"})
    values = (PC % "").replace("chat.gguf}", "chat.gguf, fit: true, nGpuLayers: auto}")
    assert plans(tmp_path, values, [pc], known(chat=model(40))).verdict == "unknown"


@pytest.mark.parametrize(
    "settings",
    [
        {"server": {"fit": True, "nGpuLayers": "auto"}},
        {"server": {"flags": {"cpu-moe": True}}},
        {"extraEnv": {"GGML_CUDA_ENABLE_UNIFIED_MEMORY": "1"}},
    ],
    ids=["fit", "cpu-moe", "managed"],
)
def test_unified_memory_holds_all_weights_wherever_llama_server_puts_them(tmp_path: Path, settings: Any) -> None:
    assert plans(tmp_path, halo("chat", **settings), [HALO], known(chat=model(200))).verdict == "does not fit"


def test_facts_of_a_node_itself_win(tmp_path: Path) -> None:
    both = KnownModels(facts=known(chat=model(8)).facts, by_node={"halo": known(chat=model(60)).facts})
    assert segment(plans(tmp_path, halo("chat"), [HALO], both).pools[0], "chat").bytes > 60 * GIB


def test_values_with_errors_have_no_plan(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="the values have errors") as caught:
        planned(tmp_path, "rocm: {modelMax: 2}", [HALO])
    assert (caught.value.code, "ai-server check" in caught.value.hint) == (1, True)


def test_a_card_that_is_offered_several_times_is_one(tmp_path: Path) -> None:
    shared = {"nvidia.com__gpu.memory": "24564", "nvidia.com__gpu.count": "1", "nvidia.com__gpu.replicas": "4"}
    values = (PC % "").replace("pc: {", "pc: {comfyui: {enabled: true}, ")
    plan = plans(tmp_path, values, [node("pc", 62, cuda="4", **shared)], known(chat=model(12)))
    assert [pool.name for pool in plan.pools] == ["memory", "GPU"]
    assert {part.name for part in plan.pools[1].segments} == {"chat", "ComfyUI"}


def test_a_projector_about_which_nothing_is_known_leaves_the_verdict_open(tmp_path: Path) -> None:
    values = halo("chat").replace("file: gguf/chat.gguf", "file: gguf/chat.gguf\n      mmproj: gguf/mystery.gguf")
    plan = plans(tmp_path, values, [HALO], known(chat=model(8)))
    assert (plan.verdict, segment(plan.pools[0], "chat").known) == ("unknown", "nothing")


def test_which_models_are_loaded_together_is_decided_for_each_memory(tmp_path: Path) -> None:
    pc = node("pc", 62, cuda="1", **{"nvidia.com__gpu.memory": "24564"})
    models = "{host: {file: gguf/host.gguf, nGpuLayers: 1}, card: {file: gguf/card.gguf}}"
    values = (PC % "modelsMax: 1,").replace("{chat: {file: gguf/chat.gguf}}", models)
    memory, card = plans(tmp_path, values, [pc], known(host=model(40), card=model(20))).pools
    assert [part.name for part in memory.loaded if part.kind == "llama-server"] == ["host"]
    assert [part.name for part in card.loaded] == ["card"]


def test_a_strix_halo_needs_no_device_plugin_to_be_known(tmp_path: Path) -> None:
    plan = plans(tmp_path, halo("chat", gpuAccess="privileged"), [node("halo", 124)], known(chat=model(8)))
    assert plan.board == "AMD Strix Halo (Ryzen AI Max+ 395)"
    assert any("ttm.pages_limit" in note for note in plan.notes)


def test_a_node_without_memory_in_its_status_is_unknown_and_says_so(tmp_path: Path) -> None:
    bare = node("halo", 124, taint=ROCM_TAINT, rocm="1")
    del bare["status"]["capacity"]["memory"], bare["status"]["allocatable"]["memory"]
    plan = plans(tmp_path, halo("chat"), [bare], known(chat=model(8)))
    assert (plan.verdict, "has no status.capacity.memory" in plan.notes[0]) == ("unknown", True)
