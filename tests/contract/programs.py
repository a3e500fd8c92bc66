"""Starts the real programs with what a render has for them, the stand-ins, and a record of what they ask for."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ai_server.kube.manifests import Object
from ai_server.local.container import Process, Program
from tests.contract import stand_ins
from tests.here import programs
from tests.here.machine import LocalPod
from tests.here.programs import Server

WATCH = Path(__file__).parent / "watch"


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
def started(pod: LocalPod, name: str, watch: Path | None = None) -> Iterator[Server]:
    """LiteLLM or Open WebUI as in its pod. watch: the file of what it asks for, see watched.py."""
    process = prepared(pod, name, programs.program(name))
    watching = {"CONTRACT_CANARY": "1", "CONTRACT_WATCH": str(watch), "PYTHONPATH": str(WATCH)} if watch else {}
    with programs.started(pod, name, process, watching) as server:
        yield server
