"""How to make a node fit: each proposal is applied to the values, and the plan of these has the promised room."""

import re
from pathlib import Path

import pytest
import yaml

from ai_server.checks.subjects.planning.ways import CONTEXTS, excess
from ai_server.memory.plan import NodePlan, margin
from ai_server.memory.terms import GIB
from tests.memory.releases import CUDA_TAINT, HALO, halo, known, model, node, plans

FREE = re.compile(r": (\d+\.\d) GiB stay free$")


def promised(way: str) -> float:
    found = FREE.search(way)
    assert found
    return float(found[1])


def free_gib(plan: NodePlan) -> float:
    return round(min(pool.free for pool in plan.pools) / GIB, 1)


def way(plan: NodePlan, start: str) -> str:
    return next(sentence for sentence in plan.ways if sentence.startswith(start))


def test_a_node_with_room_needs_no_change(tmp_path: Path) -> None:
    assert plans(tmp_path, halo("chat"), [HALO], known(chat=model(60))).ways == ()


def test_the_largest_number_of_models_that_fits(tmp_path: Path) -> None:
    models = known(a=model(60), b=model(40), c=model(30))
    found = way(plans(tmp_path, halo("a", "b", "c", modelsMax=3), [HALO], models), "set rocm.nodes.halo.modelsMax: 2")
    after = plans(tmp_path, halo("a", "b", "c", modelsMax=2), [HALO], models)
    assert (free_gib(after), after.verdict) == (promised(found), "fits")


@pytest.mark.parametrize("parallel", [1, 4])
def test_the_largest_context_that_fits(tmp_path: Path, parallel: int) -> None:
    models, server = known(chat=model(50, layers=80)), {"ctxSize": 131072 * 2, "parallel": parallel}
    found = way(plans(tmp_path, halo("chat", server=server), [HALO], models), "set ctxSize: ")
    tokens = int(re.findall(r"\d+", found)[0])
    after = plans(tmp_path, halo("chat", server=server | {"ctxSize": tokens}), [HALO], models)
    larger = min(size for size in CONTEXTS if size > tokens // parallel)
    more = plans(tmp_path, halo("chat", server=server | {"ctxSize": larger * parallel}), [HALO], models)
    assert (free_gib(after), after.verdict) == (promised(found), "fits")
    assert excess(more.pools) > 0


def test_a_cache_of_8_bits_if_that_is_enough(tmp_path: Path) -> None:
    models, server = known(chat=model(50, layers=80)), {"ctxSize": 131072 * 2}
    found = way(plans(tmp_path, halo("chat", server=server), [HALO], models), "set cacheTypeK and cacheTypeV: q8_0")
    after = plans(tmp_path, halo("chat", server=server | {"cacheTypeK": "q8_0", "cacheTypeV": "q8_0"}), [HALO], models)
    assert (free_gib(after), after.verdict) == (promised(found), "fits")


def test_what_is_not_enough_is_only_proposed_if_nothing_is(tmp_path: Path) -> None:
    first, *rest = plans(
        tmp_path, halo("chat", server={"ctxSize": 65536}), [HALO], known(chat=model(150, layers=80))
    ).ways
    assert first == "use a smaller quantisation or model: no single setting makes this fit"
    assert rest
    assert all(way.startswith("not enough alone: ") and way.endswith("GiB short") for way in rest)


def test_a_model_goes_to_a_node_that_has_room_for_it(tmp_path: Path) -> None:
    values = yaml.safe_load(halo("a", "b", modelsMax=2))
    values["rocm"]["models"]["tiny"] = {"file": "gguf/tiny.gguf"}
    values["rocm"]["nodes"] |= {"halo": {"renderGroup": 991, "serve": ["a", "b"]}}
    values["rocm"]["nodes"] |= {"other": {"renderGroup": 991, "serve": ["tiny"]}}
    other = node("other", 124, taint=HALO["spec"]["taints"][0], rocm="1")
    models = known(a=model(80), b=model(50), tiny=model(2))
    plan = plans(tmp_path, yaml.safe_dump(values), [HALO, other], models)
    assert way(plan, "serve b on other instead, which has ")


def test_a_smaller_cache_of_vllm(tmp_path: Path) -> None:
    thor = node("thor", 122, taint=CUDA_TAINT, cuda="1")
    values = "thor: {nodes: {thor: {vllm: {model: hf/qwen3-32b-nvfp4, kvCacheMemory: %sGi}, speech: {enabled: false}}}}"
    found = way(plans(tmp_path, values % 60, [thor]), "set kvCacheMemory: ")
    after = plans(tmp_path, values % re.findall(r"\d+", found)[0], [thor])
    assert (free_gib(after), after.verdict) == (promised(found), "fits")
    assert min(pool.free - margin(pool.size) for pool in after.pools) < GIB


@pytest.mark.parametrize(("other", "ways"), [(60, True), (119, False)])
def test_a_smaller_context_counts_the_model_that_is_the_largest_then(tmp_path: Path, other: int, ways: bool) -> None:
    models = known(a=model(80, layers=160), b=model(other))
    values = halo("a", "b", modelsMax=1, server={"ctxSize": 65536})
    plan = plans(tmp_path, values, [HALO], models)
    assert plan.verdict == "does not fit"
    assert any(sentence.endswith("stay free") for sentence in plan.ways) is ways


@pytest.mark.parametrize(("second", "moved"), [(60, True), (125, False)])
def test_a_model_only_goes_elsewhere_if_the_next_one_then_fits(tmp_path: Path, second: int, moved: bool) -> None:
    values = yaml.safe_load(halo("a", "b"))
    values["rocm"]["models"]["tiny"] = {"file": "gguf/tiny.gguf"}
    values["rocm"]["nodes"] = {
        "halo": {"renderGroup": 991, "serve": ["a", "b"], "modelsMax": 1},
        "other": {"renderGroup": 991, "serve": ["tiny"]},
    }
    other = node("other", 200, taint=HALO["spec"]["taints"][0], rocm="1")
    models = known(a=model(130), b=model(second), tiny=model(2))
    ways = plans(tmp_path, yaml.safe_dump(values), [HALO, other], models).ways
    assert any(sentence.startswith("serve a on other instead") for sentence in ways) is moved
