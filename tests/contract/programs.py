"""Starts the real programs with what a render has for them, on this machine."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ai_server.kube.manifests import Manifests, Object, Pod
from ai_server.local import container, environment
from ai_server.local.container import Process, Program
from tests.contract import stand_ins
from tests.contract.machine import LocalPod, local_pod
from tests.local_gateway import Server, running

WATCH = Path(__file__).parent / "watch"
READY = {"litellm": "/health/readiness", "openwebui": "/health", "llama-server": "/health"}


def pods_with(manifests: Manifests, name: str) -> list[Pod]:
    """The pods that run a container of that name."""
    return [pod for pod in manifests.running() if any(item["name"] == name for item in pod.containers(init=False))]


def local(manifests: Manifests, name: str, base: Path, addresses: Mapping[str, str] | None = None) -> LocalPod:
    """The only pod with a container of that name, on this machine."""
    [pod] = pods_with(manifests, name)
    return local_pod(manifests, pod, base, addresses)


def prepared(pod: LocalPod, name: str, program: Program) -> Process:
    """The process of a container with the stand-ins."""
    _replace_flags(name, pod.container(name))
    for config_map in pod.manifests.of_kind("ConfigMap"):
        data = config_map.get("data") or {}
        config_map["data"] = {file: _replace_lines(name, text) for file, text in data.items()}
    process = pod.process(name, program)
    for variable in stand_ins.WITHOUT_VARIABLES.get(name, []):
        process.env.pop(variable, None)
    replaced = stand_ins.REPLACED_VARIABLES.get(name, {})
    process.env.update({variable: value for variable, value in replaced.items() if variable in process.env})
    return process


def _replace_flags(name: str, item: Object) -> None:
    values, words = stand_ins.REPLACED_FLAGS.get(name, {}), item.get("args") or []
    item["args"] = [values.get(before, word) for before, word in zip(["", *words], words, strict=False)]


def _replace_lines(name: str, text: str) -> str:
    for pattern in stand_ins.WITHOUT_LINES.get(name, []):
        text = re.sub(pattern, "", text, flags=re.MULTILINE)
    for flag, value in stand_ins.REPLACED_FLAGS.get(name, {}).items():
        key = flag.removeprefix("--")
        text = re.sub(rf"^{key} = .*$", f"{key} = {value}", text, flags=re.MULTILINE)
    return text


@contextmanager
def started(pod: LocalPod, name: str, process: Process, watch: Path | None = None) -> Iterator[Server]:
    """A program, once its readiness path answers. watch: the file of what it asks for, see watched.py."""
    watching = {"CONTRACT_CANARY": "1", "CONTRACT_WATCH": str(watch), "PYTHONPATH": str(WATCH)} if watch else {}
    env = {"PATH": f"{Path(process.command[0]).parent}:{os.defpath}", **watching, **process.env}
    with running(process.command, env, process.port, READY[name], pod.base / f"{name}.log") as server:
        yield server


@contextmanager
def litellm(pod: LocalPod, watch: Path | None = None) -> Iterator[Server]:
    """LiteLLM as in its pod."""
    process = prepared(pod, "litellm", container.litellm(environment.python("litellm")))
    with started(pod, "litellm", process, watch) as server:
        yield server


@contextmanager
def openwebui(pod: LocalPod, watch: Path | None = None) -> Iterator[Server]:
    """Open WebUI as its image's start.sh starts it."""
    process = prepared(pod, "openwebui", container.openwebui(environment.python("openwebui")))
    with started(pod, "openwebui", process, watch) as server:
        yield server
