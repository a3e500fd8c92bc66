"""Tool calls: vLLM's parser, what the page sends, and what the test of the release asks for."""

import json
from typing import Any

import pytest

from ai_server.checks.subjects.parsers import families
from ai_server.kube.manifests import Manifests
from tests.at import at
from tests.conftest import Rendered
from tests.render.common import ROCM, THOR, container, env, flag
from tests.render.test_litellm import EXTRA, route

POD = "ai-server-thor-thor"
MODEL, PARSER = "thor.nodes.thor.vllm.model", "thor.vllm.toolCallParser"
PARSERS = {
    "Nous-Hermes-2-Mistral-7B-DPO": "hermes",
    "DeepSeek-R1-Distill-Llama-8B": None,
    "DeepSeek-R1-0528": "deepseek_v3",
    "DeepSeek-V3.2-Exp": "deepseek_v32",
    "DeepSeek-V3.1": "deepseek_v31",
    "DeepSeek-V3-0324": "deepseek_v3",
    "Qwen3-Coder-30B-A3B-Instruct": "qwen3_coder",
    "Qwen3.5-35B-A3B": "qwen3_coder",
    "qwen3-32b-nvfp4": "hermes",
    "QwQ-32B": "hermes",
    "Qwen2.5-7B-Instruct": "hermes",
    "Llama-4-Scout-17B-16E-Instruct": "llama4_pythonic",
    "Meta-Llama-3.1-8B-Instruct": "llama3_json",
    "Mistral-7B-Instruct-v0.3": "mistral",
    "Mistral-7B-Instruct-v0.2": None,
    "Magistral-Small-2509": "mistral",
    "gpt-oss-20b": "openai",
    "Kimi-K2-Instruct": "kimi_k2",
    "GLM-4.7": "glm47",
    "GLM-4.5-Air-FP8": "glm45",
    "granite-4.0-h-small": "granite4",
    "granite-3.3-8b-instruct": "granite",
    "gemma-4-31b-it": "gemma4",
    "Hunyuan-A13B-Instruct": "hunyuan_a13b",
    "Olmo-3-7B-Instruct": "olmo3",
    "MiniMax-M2": "minimax_m2",
    "Seed-OSS-36B-Instruct": "seed_oss",
    "Phi-4-mini-instruct": "phi4_mini_json",
    "AI21-Jamba-Mini-1.7": "jamba",
    "Llama-xLAM-2-8b-fc-r": "xlam",
    "dolphin-2.8-mistral-7b-v02": None,
    "Jamba-v0.1": None,
    "small": None,
}
"""A model of each family and its parser; None for one without a known parser, which gets hermes and no promise."""


def parser(manifests: Manifests, pod: str = POD) -> str | None:
    vllm = container(manifests, pod, "vllm")
    assert ("--enable-auto-tool-choice" in vllm["args"]) == ("--tool-call-parser" in vllm["args"])
    return flag(vllm, "--tool-call-parser")


def calls_tools(manifests: Manifests, name: str) -> bool | None:
    found: bool | None = route(manifests, name)["model_info"].get("supports_function_calling")
    return found


def page_params(manifests: Manifests) -> str | None:
    found: str | None = env(container(manifests, "ai-server-litellm", "openwebui")).get("DEFAULT_MODEL_PARAMS")
    return found


def test_the_parser_follows_from_the_folder_and_is_promised_for_known_families_alone(rendered: Rendered) -> None:
    nodes = {f"n{index}": {"vllm": {"model": f"hf/{model}"}} for index, model in enumerate(PARSERS)}
    off: dict[str, Any] = {"comfyui": {"enabled": False}, "speech": {"enabled": False}, "nodes": nodes}
    manifests = rendered(json.dumps({"thor": off}))
    chosen = {
        model: (parser(manifests, f"ai-server-thor-n{index}"), calls_tools(manifests, model))
        for index, model in enumerate(PARSERS)
    }
    assert chosen == {model: (known or "hermes", True if known else None) for model, known in PARSERS.items()}


def test_the_examples_have_a_parser_of_every_family() -> None:
    assert {row["tool"][0] for row in families() if "tool" in row} <= set(PARSERS.values())


@pytest.mark.parametrize(("given", "promised"), [("openai", True), ("", False)])
def test_a_given_parser_is_used_and_an_empty_one_switches_tool_calls_off(
    rendered: Rendered, given: str, promised: bool
) -> None:
    manifests = rendered(THOR, at(PARSER, given))
    assert (parser(manifests), calls_tools(manifests, "small")) == (given or None, promised)


@pytest.mark.parametrize("mode", ["embedding", "rerank"])
def test_a_model_that_does_not_chat_gets_no_parser(rendered: Rendered, mode: str) -> None:
    manifests = rendered(ROCM, THOR, at("thor.vllm.mode", mode))
    assert (parser(manifests), calls_tools(manifests, "small")) == (None, None)


def test_a_parser_in_the_arguments_is_no_rejection_of_tools(rendered: Rendered) -> None:
    own = "thor: {vllm: {toolCallParser: '', extraArgs: [--enable-auto-tool-choice, --tool-call-parser, hermes]}}"
    manifests = rendered(THOR, own)
    assert (calls_tools(manifests, "small"), page_params(manifests)) == (None, None)


LEGACY = '{"function_calling":"legacy"}'
NO_TOOLS = "litellm: {models: {far: {modelInfo: {supports_function_calling: false}}}}"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("", None),
        (at(PARSER, ""), LEGACY),
        (NO_TOOLS, LEGACY),
        ("rocm: {models: {chat: {flags: {no-jinja: true}}}}", LEGACY),
        (NO_TOOLS + "\nopenwebui: {extraEnv: {DEFAULT_MODEL_PARAMS: '{}'}}", "{}"),
        ("litellm: {models: {far: {mode: embedding, modelInfo: {supports_function_calling: false}}}}", None),
    ],
)
def test_the_page_sends_no_tools_if_a_model_of_it_rejects_them(
    rendered: Rendered, values: str, expected: str | None
) -> None:
    assert page_params(rendered(ROCM, THOR, EXTRA, values)) == expected


@pytest.mark.parametrize(("promise", "tested"), [("true", True), ("false", False)])
def test_the_test_of_the_release_asks_for_the_tool_calls_that_the_gateway_promises(
    rendered: Rendered, promise: str, tested: bool
) -> None:
    info = f"litellm: {{routing: {{models: {{small: {{modelInfo: {{supports_function_calling: {promise}}}}}}}}}}}"
    test = container(rendered(THOR, info), "ai-server-test", "ask-every-route")
    assert {entry["name"]: entry["tools"] for entry in json.loads(env(test)["ROUTES"])}["small"] is tested
