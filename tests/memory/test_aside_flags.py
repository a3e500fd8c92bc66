"""The plan reads llama-server's flags that leave weights and caches in the memory of the machine, wherever they are set."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from ai_server.memory.facts_file import Facts
from ai_server.memory.known import KnownModels
from ai_server.memory.model import ModelFacts
from ai_server.memory.terms import Term
from tests.memory.made import described
from tests.memory.releases import node, plans

NODE = node("pc", 124, cuda="1", nvidia__com___gpu_memory="24564")
FACTS = ModelFacts.of(described("measured_models.yaml")["qwen3moe"])
PROJECTOR = ModelFacts.of(described("measured_models.yaml")["llama1b"])
EXPERTS = FACTS.experts[0].device
"""Of each of its three layers, on the card: 324 MiB and padding."""


def found(
    tmp_path: Path, entry: dict[str, Any] | None = None, facts: ModelFacts = FACTS, router: bool = False, **server: Any
) -> list[Term]:
    """The terms of a model on a PC with a card, whose entry and node have some settings; a router has a second model."""
    model = {"file": "gguf/m.gguf", "nGpuLayers": 99, **(entry or {})}
    nodes = {"pc": {"pod": {"runtimeClassName": "nvidia"}, **server}}
    off = {"enabled": False}
    others = {"other": {"file": "gguf/d.gguf"}} if router else {}
    values = {"gpu": {"models": {"m": model, **others}, "nodes": nodes}, "litellm": off, "openwebui": off}
    models = {"gguf/m.gguf": facts, "gguf/d.gguf": FACTS, "gguf/p.gguf": PROJECTOR}
    pools = plans(tmp_path, yaml.safe_dump(values), [NODE], KnownModels(facts=Facts(models=models))).pools
    return [term for pool in pools for part in pool.segments if part.name.startswith("m") for term in part.terms]


def sizes(terms: list[Term], where: str = "") -> dict[str, int]:
    """Bytes by name, of one memory or both."""
    return {term.name: term.bytes for term in terms if where in ("", term.where)}


@pytest.mark.parametrize(
    ("entry", "server", "layers"),
    [
        ({"flags": {"n-cpu-moe": 2}}, {}, 2),
        ({"flags": {"ncmoe": 1}}, {}, 1),
        ({"flags": {"cpu-moe": True}}, {}, 3),
        ({"flags": {"override-tensor": r"blk\.0\.ffn_.*_exps=CPU"}}, {}, 1),
        ({}, {"extraArgs": ["--n-cpu-moe", "2"]}, 2),
        ({}, {"extraArgs": ["-cmoe"]}, 3),
        ({}, {"extraArgs": ["-ot", "exps=CPU"]}, 3),
        ({}, {"extraEnv": {"LLAMA_ARG_N_CPU_MOE": "1"}}, 1),
        ({}, {"extraEnv": {"LLAMA_ARG_CPU_MOE": "on"}}, 3),
        ({"flags": {"cpu-moe": True}}, {"router": True}, 3),
        ({"flags": {"cpu-moe": False, "n-cpu-moe": 2}}, {"router": True}, 2),
        ({"flags": {"n-cpu-moe": 1}}, {"extraArgs": ["--n-cpu-moe", "3"]}, 3),
    ],
)
def test_experts_leave_the_card(tmp_path: Path, entry: dict[str, Any], server: dict[str, Any], layers: int) -> None:
    """As flags of the model, extra arguments and variables; and what is left on the card is certain."""
    plain, aside = found(tmp_path), found(tmp_path, entry, **server)
    assert sizes(plain)["weights"] - sizes(aside)["weights"] == layers * EXPERTS
    assert all(term.certain == term.bytes for term in aside if term.name == "weights")


@pytest.mark.parametrize("pattern", ["exps=CUDA0", "ffn_up_exps=CPU", ".*=CPU"])
def test_other_patterns_make_the_card_uncertain(tmp_path: Path, pattern: str) -> None:
    aside = found(tmp_path, {"flags": {"override-tensor": pattern}})
    assert [term.certain for term in aside if term.name == "weights"] == [0]
    assert sizes(aside)["weights"] == sizes(found(tmp_path))["weights"]


def test_facts_that_do_not_tell_make_the_card_uncertain(tmp_path: Path) -> None:
    old = {key: value for key, value in FACTS.as_json().items() if key not in ("experts", "feedForward")}
    aside = found(tmp_path, {"flags": {"n-cpu-moe": 2}}, ModelFacts.from_json(old))
    assert [term.certain for term in aside if term.name == "weights"] == [0]


def test_flags_that_leave_weights_aside_end_the_fitting_of_layers(tmp_path: Path) -> None:
    """common/fit.cpp: tensor_buft_overrides already set by user, abort; without them, auto layers are not certain."""
    auto = {"nGpuLayers": "auto", "fit": True}
    for flags, certain in (({}, False), ({"n-cpu-moe": 2}, True)):
        [term] = [term for term in found(tmp_path, {**auto, "flags": flags}) if term.name == "weights"]
        assert (term.certain == term.bytes) is certain


@pytest.mark.parametrize(
    ("entry", "server", "host"),
    [
        ({"flags": {"no-kv-offload": True}}, {}, True),
        ({"flags": {"no-kv-offload": False}}, {}, False),
        ({"flags": {"kv-offload": "off"}}, {"router": True}, True),
        ({"flags": {"no-kv-offload": True}}, {"router": True}, True),
        ({"flags": {"no-kv-offload": False}}, {"router": True}, False),
        ({}, {"extraArgs": ["-nkvo"]}, True),
        ({}, {"extraArgs": ["--no-kv-offload", "--kv-offload"]}, False),
        ({}, {"extraEnv": {"LLAMA_ARG_NO_KV_OFFLOAD": "1"}}, True),
        ({}, {"extraEnv": {"LLAMA_ARG_KV_OFFLOAD": "0"}}, True),
    ],
)
def test_the_cache_leaves_the_card(tmp_path: Path, entry: dict[str, Any], server: dict[str, Any], host: bool) -> None:
    """A negative spelling turns it off, and in models.ini with a false value on (common/preset.cpp)."""
    assert ("KV cache" in sizes(found(tmp_path, entry, **server), "host")) is host


@pytest.mark.parametrize("arguments", [["--no-mmproj-offload"], ["--mmproj-device", "none"]])
def test_the_projector_leaves_the_card(tmp_path: Path, arguments: list[str]) -> None:
    entry = {"mmproj": "gguf/p.gguf"}
    assert "projector" in sizes(found(tmp_path, entry), "device")
    assert "projector" in sizes(found(tmp_path, entry, extraArgs=arguments), "host")


def test_a_draft_model_has_flags_of_its_own(tmp_path: Path) -> None:
    """Those of its model do not move its experts."""
    entry: dict[str, Any] = {"draft": {"file": "gguf/d.gguf", "nGpuLayers": 99}}
    plain = sizes(found(tmp_path, entry))["draft model: weights"]
    assert sizes(found(tmp_path, entry, extraArgs=["--n-cpu-moe", "2"]))["draft model: weights"] == plain
    aside = sizes(found(tmp_path, entry, extraArgs=["--spec-draft-n-cpu-moe", "2"]))["draft model: weights"]
    assert plain - aside == 2 * EXPERTS


@pytest.mark.parametrize(
    ("arguments", "cells"),
    [(["--kv-unified"], 16384), (["--no-kv-unified"], 16384 + 2 * 256), (["--kv-unified", "-no-kvu"], 16384 + 2 * 256)],
)
def test_the_negative_spelling_of_a_unified_cache_counts(tmp_path: Path, arguments: list[str], cells: int) -> None:
    """Three slots of 16,384 tokens: each has a multiple of 256 cells if the cache is not unified."""
    cache = sizes(found(tmp_path, {"ctxSize": 16384, "parallel": 3}, extraArgs=arguments))["KV cache"]
    assert cache == cells * 2 * 2 * 3 * 4 * 128


@pytest.mark.parametrize("kinds", ["draft-mtp", "ngram-mod,draft-mtp"])
def test_a_list_of_speculative_kinds_may_have_drafts(tmp_path: Path, kinds: str) -> None:
    """common/arg.cpp: a comma-separated list of types; their cache has types of its own (common/speculative.cpp)."""
    drafts = replace(FACTS, hyperparameters={**FACTS.hyperparameters, "nextn_predict_layers": 1})
    plain = sizes(found(tmp_path, {}, drafts, extraArgs=["--spec-type", kinds]))["KV cache of drafts"]
    types = ["--cache-type-k-draft", "q8_0", "--cache-type-v-draft", "q8_0"]
    small = sizes(found(tmp_path, {}, drafts, extraArgs=["--spec-type", kinds, *types]))["KV cache of drafts"]
    main = ["--cache-type-k", "q8_0"]
    assert small / plain == 34 / 64
    assert sizes(found(tmp_path, {}, drafts, extraArgs=["--spec-type", kinds, *main]))["KV cache of drafts"] == plain
