"""llama-server's speculative decoding, LoRA adapters and idle models, on the command line and in presets."""

import configparser
from typing import Any

import pytest

from ai_server.kube.manifests import Manifests
from tests.at import at
from tests.conftest import Rendered
from tests.render.common import ROCM, TWO_MODELS, flag, llama, models, presets
from tests.render.test_litellm import route

DRAFT = "rocm: {models: {chat: {draft: {file: gguf/small.gguf, max: 8, min: 2}}}}"
LORAS = """
rocm:
  models:
    chat:
      loras:
        sql: {file: lora/sql.gguf}
        style: {file: lora/style.gguf, scale: 0.5, always: true}
        tone: {file: lora/tone.gguf, scale: 0.8}
"""


def preset(manifests: Manifests, model: str) -> configparser.SectionProxy:
    parser = configparser.ConfigParser()
    parser.read_string("[top]\n" + presets(manifests))
    return parser[model]


def test_a_draft_model_is_named_with_its_type_and_its_own_device(rendered: Rendered) -> None:
    server = llama(rendered(ROCM, DRAFT))
    assert flag(server, "--model-draft") == "/data/ai-models/gguf/small.gguf"
    assert (flag(server, "--spec-type"), flag(server, "--device-draft")) == ("draft-simple", "ROCm0")
    assert (flag(server, "--spec-draft-n-max"), flag(server, "--spec-draft-n-min")) == ("8", "2")


def test_a_draft_model_without_a_gpu_gets_no_device(rendered: Rendered) -> None:
    assert flag(llama(rendered(ROCM, DRAFT, "rocm: {accelerator: cpu}")), "--device-draft") == "none"


def test_the_models_own_layers_draft_without_another_file(rendered: Rendered) -> None:
    server = llama(rendered(ROCM, at("rocm.models.chat.draft.type", "draft-mtp")))
    assert flag(server, "--spec-type") == "draft-mtp"
    assert not {"--model-draft", "--device-draft", "--spec-draft-n-max"} & set(server["args"])


def test_layers_of_a_draft_model_are_set_per_node(rendered: Rendered) -> None:
    server = llama(rendered(ROCM, DRAFT, at("rocm.nodes.halo.overrides.chat.draft.nGpuLayers", 3)))
    assert (flag(server, "--n-gpu-layers-draft"), flag(server, "--n-gpu-layers")) == ("3", "all")


@pytest.mark.parametrize(
    "override",
    [
        {"draft": {"nGpuLayers": 3, "max": 4}},
        {"loras": {"style": {"scale": 2}}},
        {"loras": {"style": {"enabled": False}, "tone": {"file": "lora/tone.gguf"}}},
        {"flags": {"seed": 7}},
    ],
    ids=["draft", "scale of an adapter", "adapters", "flags"],
)
def test_the_override_of_a_node_changes_no_other_node(rendered: Rendered, override: Any) -> None:
    nested = at("rocm.models.chat.flags", {"temp": 1}, "litellm.routing.sharedNames", ["chat", "sql", "tone"])
    nodes = at("rocm.nodes.b", {"renderGroup": 991}, "rocm.nodes.c", {"renderGroup": 991})
    before = rendered(ROCM, DRAFT, LORAS, nested, nodes)
    after = rendered(ROCM, DRAFT, LORAS, nested, nodes, at("rocm.nodes.c.overrides.chat", override))
    same = {node: llama(before, node) == llama(after, node) for node in ("b", "c", "halo")}
    assert same == {"b": True, "c": False, "halo": True}


def test_an_adapter_that_one_node_leaves_out_is_served_by_the_others(rendered: Rendered) -> None:
    left_out = at("gpu.nodes.pc", {"serve": ["chat"], "overrides": {"chat": {"loras": {"sql": {"enabled": False}}}}})
    served = [entry["model_info"]["id"] for entry in models(rendered(ROCM, LORAS, left_out))]
    assert [identity for identity in served if identity.endswith("-sql")] == ["rocm-halo-sql"]


def test_health_checks_request_a_model_once_and_none_of_its_adapters(rendered: Rendered) -> None:
    infos = {entry["model_name"]: entry["model_info"] for entry in models(rendered(ROCM, LORAS))}
    skipped = {name for name, info in infos.items() if info.get("disable_background_health_check")}
    assert skipped == {"sql", "tone"}


def test_without_a_draft_and_adapters_there_is_no_flag_of_theirs(rendered: Rendered) -> None:
    args = llama(rendered(ROCM))["args"]
    assert not [argument for argument in args if "draft" in argument or "spec" in argument or "lora" in argument]


def test_presets_have_the_same_flags(rendered: Rendered) -> None:
    found = preset(rendered(TWO_MODELS, DRAFT, LORAS, at("rocm.server.sleepIdleSeconds", 600)), "chat")
    assert found["model-draft"] == "/data/ai-models/gguf/small.gguf"
    assert found["lora-scaled"].count("/data/ai-models/lora/") == 3
    assert found["sleep-idle-seconds"] == "600"


def test_only_adapters_that_are_always_on_have_a_scale_from_the_start(rendered: Rendered) -> None:
    files = (flag(llama(rendered(ROCM, LORAS)), "--lora-scaled") or "").split(",")
    assert [file.rpartition("/")[2] for file in files] == ["sql.gguf:0", "style.gguf:0.5", "tone.gguf:0"]


def test_a_request_for_an_adapter_turns_it_on_and_keeps_those_that_are_always_on(rendered: Rendered) -> None:
    params = route(rendered(ROCM, LORAS), "tone")["litellm_params"]
    assert params["model"] == "hosted_vllm/chat"
    assert params["extra_body"] == {"lora": [{"id": 1, "scale": 0.5}, {"id": 2, "scale": 0.8}]}
    assert "extra_body" not in route(rendered(ROCM, LORAS), "chat")["litellm_params"]


def test_an_adapter_shares_the_limits_and_projector_of_its_model(rendered: Rendered) -> None:
    manifests = rendered(ROCM, LORAS, "rocm: {models: {chat: {mmproj: gguf/mm.gguf, ctxSize: 4096}}}")
    adapter, model = (route(manifests, name)["model_info"] for name in ("sql", "chat"))
    assert adapter.pop("id") != model.pop("id")
    assert adapter == model | {"disable_background_health_check": True}


def test_an_adapter_that_is_always_on_is_no_model_of_the_api(rendered: Rendered) -> None:
    assert [entry["model_name"] for entry in models(rendered(ROCM, LORAS))] == ["chat", "sql", "tone"]


def test_an_adapter_that_is_off_is_gone(rendered: Rendered) -> None:
    manifests = rendered(ROCM, LORAS, "rocm: {models: {chat: {loras: {sql: {enabled: false}}}}}")
    assert [entry["model_name"] for entry in models(manifests)] == ["chat", "tone"]
    assert "sql" not in str(flag(llama(manifests), "--lora-scaled"))


def test_a_model_that_is_idle_sleeps_only_where_asked(rendered: Rendered) -> None:
    values = (
        "rocm: {server: {sleepIdleSeconds: 900}, nodes: {halo: {server: {sleepIdleSeconds: 0}}, b: {renderGroup: 1}}}"
    )
    manifests = rendered(ROCM, values)
    assert flag(llama(manifests), "--sleep-idle-seconds") is None
    assert flag(llama(manifests, "b"), "--sleep-idle-seconds") == "900"
