"""A rendered llama-server with models of a few kilobytes in the places of the real ones."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from ai_server.kube.manifests import Manifests, Pod
from ai_server.local.container import Program
from tests.agreement import tiny_models
from tests.agreement.installed import llama_server
from tests.contract import programs, stand_ins
from tests.here.machine import KEY, local_pod, pods_with
from tests.here.programs import Server, started

CONTAINER = "llama-server"
MODEL = re.compile(r"(?<![\w.])/[^\s,:]+\.gguf")
SECTION = re.compile(r"^\[([^*\]]+)\]$", re.MULTILINE)
LOAD_SECONDS = 30


def pods(manifests: Manifests) -> list[Pod]:
    """The pods with a llama-server of the version that the tests run; others have other flags."""
    found = pods_with(manifests, CONTAINER)
    return [pod for pod in found if stand_ins.is_pinned(CONTAINER, container_of(pod)["image"])]


@contextmanager
def running(manifests: Manifests, pod: Pod, base: Path) -> Iterator["Llama"]:
    """llama-server with the pod's arguments, variables and presets."""
    local = local_pod(manifests, pod, base)
    process = programs.prepared(local, CONTAINER, Program((str(llama_server()),)))
    presets = "".join(file.read_text() for file in local.files(CONTAINER))
    for file in map(Path, MODEL.findall(" ".join([*process.command, presets]))):
        file.parent.mkdir(parents=True, exist_ok=True)
        if "lora" in file.parts:
            tiny_models.write_lora(file)
        else:
            tiny_models.write_gguf(file, pooled=True)
    words = process.command
    names = SECTION.findall(presets) or words[words.index("--alias") + 1].split(",")
    with started(local, CONTAINER, process) as server:
        yield Llama(server, names, router=bool(presets))


class Llama:
    """A running llama-server, and the names that its configuration gives to models."""

    def __init__(self, server: Server, names: list[str], *, router: bool) -> None:
        self.server, self.names, self.router = server, names, router
        headers = {"Authorization": f"Bearer {KEY}"}
        self.client = httpx.Client(base_url=server.origin, headers=headers, timeout=60, trust_env=False)

    def listed(self) -> dict[str, Any]:
        """The models that it lists, each with its state."""
        return {model["id"]: model.get("status") or {} for model in self.client.get("/v1/models").json()["data"]}

    def why_not_loaded(self, name: str) -> str:
        """Loads a model that is not loaded yet; "" once it is, else the end of the log."""
        until = time.monotonic() + LOAD_SECONDS
        while self.router and time.monotonic() < until:
            state = self.listed()[name]
            if state.get("value") == "loaded":
                return ""
            if state.get("failed"):
                break
            if state.get("value") == "unloaded":
                self.client.post("/models/load", json={"model": name})
            time.sleep(0.1)
        return self.server.log.read_text()[-1500:] if self.router else ""


def container_of(pod: Pod) -> dict[str, Any]:
    """The container of llama-server in a pod."""
    return next(item for item in pod.containers(init=False) if item["name"] == CONTAINER)
