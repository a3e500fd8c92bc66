"""The shortest values that each component renders with, and ways to look into a container."""

from typing import Any

import yaml

from ai_server.kube.manifests import Manifests

ROCM = """
rocm:
  models:
    chat: {file: gguf/chat.gguf}
  nodes:
    halo: {renderGroup: 991}
"""
TWO_MODELS = """
rocm:
  models:
    chat: {file: gguf/chat.gguf}
    embed: {file: gguf/embed.gguf, mode: embedding}
  nodes:
    halo: {renderGroup: 991}
"""
THOR = """
thor:
  nodes:
    thor:
      vllm: {model: hf/small, servedNames: [small]}
      speech: {models: {whisper: {model: Systran/faster-whisper-small}, kokoro: {mode: audio_speech}}}
"""


def container(manifests: Manifests, workload: str, name: str) -> dict[str, Any]:
    [found] = [container for container in manifests.pod(workload).containers() if container["name"] == name]
    return found


def env(found: dict[str, Any]) -> dict[str, Any]:
    return {entry["name"]: entry.get("value", entry.get("valueFrom")) for entry in found.get("env") or []}


def flag(found: dict[str, Any], name: str) -> str | None:
    """The value after a flag; "" for one without a value, None for one that is absent."""
    arguments = found["args"]
    if name not in arguments:
        return None
    after = arguments[arguments.index(name) + 1 :][:1]
    return after[0] if after and not after[0].startswith("--") else ""


def llama(manifests: Manifests, node: str = "halo") -> dict[str, Any]:
    return container(manifests, f"ai-server-rocm-{node}", "llama-server")


def presets(manifests: Manifests, node: str = "halo") -> str:
    text: str = manifests.get("ConfigMap", f"ai-server-rocm-{node}")["data"]["models.ini"]
    return text


def models(manifests: Manifests) -> list[dict[str, Any]]:
    """The model_list of LiteLLM's configuration."""
    text = manifests.get("ConfigMap", "ai-server-litellm")["data"]["config.yaml"]
    found: list[dict[str, Any]] = yaml.safe_load(text)["model_list"]
    return found
