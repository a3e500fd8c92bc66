"""What LiteLLM is told about each model: limits, prices, what the model can do."""

import json

import pytest

from tests.conftest import Rendered
from tests.render.common import ROCM, THOR, TWO_MODELS, container, env, models
from tests.render.test_litellm import EXTRA, config, route

PRICED = "litellm: {routing: {models: {chat: {params: {rpm: 60, weight: 2}, modelInfo: {supports_vision: true}}}}}"


def test_settings_of_a_model_reach_each_of_its_backends_and_no_other_model(rendered: Rendered) -> None:
    manifests = rendered(TWO_MODELS, "rocm: {nodes: {b: {renderGroup: 1}}}", PRICED)
    for found in models(manifests):
        is_chat = found["model_name"] == "chat"
        assert (found["litellm_params"].get("rpm"), found["model_info"].get("supports_vision")) == (
            (60, True) if is_chat else (None, None)
        )


def test_settings_of_a_model_on_a_node_win_over_those_of_the_model(rendered: Rendered) -> None:
    on_b = "litellm: {routing: {models: {chat: {nodes: {b: {params: {order: 2, weight: 1}}}}}}}"
    found = models(rendered(ROCM, "rocm: {nodes: {b: {renderGroup: 1}}}", PRICED, on_b))
    params = {entry["model_info"]["id"]: entry["litellm_params"] for entry in found}
    assert (params["rocm-b-chat"]["order"], params["rocm-b-chat"]["weight"]) == (2, 1)
    assert (params["rocm-halo-chat"].get("order"), params["rocm-halo-chat"]["weight"]) == (None, 2)


def test_settings_of_an_external_models_entry_win_and_its_id_stays_the_charts(rendered: Rendered) -> None:
    shared = "litellm: {routing: {models: {far: {params: {rpm: 60, tpm: 1000}, modelInfo: {id: mine}}}}}"
    own = "litellm: {models: {far: {params: {rpm: 5}, modelInfo: {max_input_tokens: 4096}}}}"
    found = route(rendered(EXTRA, shared, own), "far")
    assert (found["litellm_params"]["rpm"], found["litellm_params"]["tpm"]) == (5, 1000)
    assert (found["model_info"]["id"], found["model_info"]["max_input_tokens"]) == ("extra-far", 4096)


CAN = ("supports_vision", "supports_function_calling")


def test_a_model_with_a_projector_reads_pictures_and_one_with_a_tool_parser_calls_functions(rendered: Rendered) -> None:
    projector = "rocm: {models: {chat: {mmproj: gguf/mmproj.gguf}}}"
    manifests = rendered(ROCM, THOR, projector, "thor: {vllm: {toolCallParser: hermes}}")
    found = {name: [route(manifests, name)["model_info"].get(ability) for ability in CAN] for name in ("chat", "small")}
    assert found == {"chat": [True, None], "small": [None, True]}


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ("thor: {vllm: {toolCallParser: ''}}", "small"),
        ("rocm: {models: {chat: {flags: {no-jinja: true}}}}", "chat"),
        ("rocm: {extraArgs: [--no-jinja]}", "chat"),
    ],
)
def test_a_model_whose_server_rejects_tools_is_announced_as_one(rendered: Rendered, values: str, name: str) -> None:
    assert route(rendered(ROCM, THOR, values), name)["model_info"]["supports_function_calling"] is False


def test_what_a_model_can_do_is_announced_only_where_it_is_known_or_as_the_user_says(rendered: Rendered) -> None:
    told = "litellm: {routing: {models: {chat: {modelInfo: {supports_vision: false}}}}}"
    manifests = rendered(ROCM, THOR, "rocm: {models: {chat: {mmproj: gguf/mmproj.gguf}}}", told)
    assert route(manifests, "chat")["model_info"]["supports_vision"] is False
    assert not set(CAN) & route(manifests, "small")["model_info"].keys()


WILDCARD = "litellm: {models: {any: {name: 'openrouter/*', model: 'openrouter/*'}, anything: {name: 'openrouter/*', model: 'openrouter/*'}}}"


def test_a_wildcard_is_a_route_but_no_model_of_the_page_or_the_test(rendered: Rendered) -> None:
    manifests = rendered(ROCM, WILDCARD)
    assert [entry["model_name"] for entry in models(manifests)] == ["chat", "openrouter/*", "openrouter/*"]
    shown = json.loads(env(container(manifests, "ai-server-litellm", "openwebui"))["OPENAI_API_CONFIGS"])
    assert shown["0"]["model_ids"] == ["chat"]
    asked = json.loads(env(container(manifests, "ai-server-test", "ask-every-route"))["ROUTES"])
    assert [entry["name"] for entry in asked] == ["chat"]


def test_a_wildcard_gets_no_fallback_because_a_star_there_means_any_model(rendered: Rendered) -> None:
    assert "fallbacks" not in config(rendered(ROCM, WILDCARD))["router_settings"]


def test_a_name_that_a_wildcard_serves_can_be_asked_for(rendered: Rendered) -> None:
    manifests = rendered(
        ROCM, WILDCARD, "litellm: {models: {any: {name: 'gpt-*'}}}", "openwebui: {taskModel: gpt-5-mini}"
    )
    assert env(container(manifests, "ai-server-litellm", "openwebui"))["TASK_MODEL_EXTERNAL"] == "gpt-5-mini"


def test_a_model_with_the_responses_api_is_in_the_page_and_one_for_moderation_is_not(rendered: Rendered) -> None:
    more = "litellm: {models: {far: {mode: responses}, guard: {model: openai/guard, mode: moderation}}}"
    manifests = rendered(ROCM, EXTRA, more)
    shown = json.loads(env(container(manifests, "ai-server-litellm", "openwebui"))["OPENAI_API_CONFIGS"])
    assert shown["0"]["model_ids"] == ["chat", "far"]
    assert route(manifests, "guard")["model_info"]["mode"] == "moderation"
