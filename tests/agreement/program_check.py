"""What check says about the programs of random releases, and the command lines that the chart renders for them."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ai_server import checks
from ai_server.helm import render
from ai_server.kube.manifests import Manifests
from ai_server.reading import profiles

NODES = 25
"""Command lines in one release, a node each."""
AROUND: dict[str, Any] = {
    "rocm": {},
    "thor": {"comfyui": {"enabled": False}, "speech": {"enabled": False}},
}


def llama_node(number: int, words: Sequence[str]) -> dict[str, Any]:
    """A node with one model, whose command line ends with words."""
    return {"renderGroup": 991, "serve": [f"model-{number}"], "extraArgs": list(words)}


def vllm_node(number: int, words: Sequence[str]) -> dict[str, Any]:
    """A Thor whose vLLM's command line ends with words."""
    return {"vllm": {"model": f"hf/{number}", "servedNames": [f"model-{number}"], "extraArgs": list(words)}}


def release(preset: str, command_lines: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Values with a node for each command line."""
    node = llama_node if preset == "rocm" else vllm_node
    values = {
        **AROUND[preset],
        "nodes": {f"n{number}": node(number, words) for number, words in enumerate(command_lines)},
    }
    if preset == "rocm":
        values["models"] = {f"model-{number}": {"file": f"{number}.gguf"} for number in range(len(command_lines))}
    return {preset: values}


def errors_by_node(file: Path, values: dict[str, Any], count: int) -> list[list[checks.Finding]]:
    """The errors of each node, in order; those that belong to no node belong to all of them."""
    findings = [finding for finding in findings_of(file, values) if finding.severity == "error"]

    def is_of(finding: checks.Finding, number: int) -> bool:
        parts = finding.key.replace("[", ".").split(".")
        names = {f"n{number}", f"model-{number}"}
        return bool(names & set(parts)) or not any(part in ("nodes", "models") for part in parts)

    return [[finding for finding in findings if is_of(finding, number)] for number in range(count)]


def findings_of(file: Path, values: dict[str, Any]) -> list[checks.Finding]:
    """All findings for values, which are written to a file as JSON: YAML would read 1e3 as a number."""
    file.write_text(json.dumps(values))
    return checks.run([file]).findings


def rendered(file: Path) -> Manifests:
    """The objects of the values in a file."""
    return render.render(profiles.load([file]).values)


def containers(manifests: Manifests, name: str) -> list[dict[str, Any]]:
    """The containers with a name, in the order of their nodes n0, n1, ..."""
    pods = sorted(manifests.running(), key=lambda pod: (len(pod.name), pod.name))
    return [item for pod in pods for item in pod.containers(init=False) if item["name"] == name]


def with_values(words: Iterable[str], **replaced: str) -> list[str]:
    """A command line with other values of some flags: host, port and model are those of the container."""
    words = list(words)
    for flag, value in replaced.items():
        if f"--{flag}" in words:
            words[words.index(f"--{flag}") + 1] = value
    return words
