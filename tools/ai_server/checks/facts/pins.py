"""Which version of each program the chart's default images carry, and whether an image carries a given one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ai_server.paths import CHART
from ai_server.reading.yamlfile import read_values

PLACES = {
    "llama-server": ("rocm",),
    "vllm": ("thor", "vllm"),
    "comfyui": ("thor", "comfyui"),
    "speaches": ("thor", "speech"),
    "litellm": ("litellm",),
    "openwebui": ("openwebui",),
}
"""Where the values have a program's image."""
NUMBER = re.compile(r"\d+\.\d+(?:\.\d+)*")
BUILD = re.compile(r"-b(\d+)$")
REGISTRY = re.compile(r"^(?:localhost|[^/]*[.:][^/]*)/")
"""The first part of a name is a registry when it has a dot or a port, or is localhost: so does the chart see it."""


@dataclass(frozen=True)
class Pin:
    """A default image's name without its registry, which a copy may replace, and the version in its tag."""

    name: str
    version: str


@cache
def pins() -> Mapping[str, Pin]:
    """The chart's default image of each program, from its values.yaml."""
    defaults = read_values(CHART / "values.yaml").values
    return {program: _pin(program, defaults, place) for program, place in PLACES.items()}


def version_of(program: str, tag: str) -> str:
    """The version that a tag tells: v0.30.0, 0.8.3-cpu, server-rocm-b11434; "" when it tells none."""
    found = BUILD.search(tag) if program == "llama-server" else NUMBER.search(tag)
    if not found:
        return ""
    return f"b{found[1]}" if program == "llama-server" else found[0]


def carries(program: str, reference: str, version: str) -> bool:
    """Whether an image is the chart's own, by its name, wherever it is copied to, and its tag tells that version."""
    name, _, tag = reference.partition("@")[0].rpartition(":")
    pin = pins()[program]
    same = name == pin.name or name.endswith(f"/{pin.name}")
    return same and version_of(program, tag) == version


def _pin(program: str, defaults: Mapping[str, Any], place: tuple[str, ...]) -> Pin:
    settings: Any = defaults
    for key in place:
        settings = settings[key]
    image = settings["image"]
    # llama-server's tag is made of the build
    version = f"b{settings['build']}" if program == "llama-server" else version_of(program, image["tag"])
    return Pin(REGISTRY.sub("", image["repository"]), version)
