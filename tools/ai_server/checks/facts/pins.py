"""The version of each program in the chart's default images, and whether an image has a given version."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, reduce
from operator import getitem
from typing import Any

from ai_server.helm.render import chart_defaults
from ai_server.kube.image_name import parse

PATHS = {
    "llama-server": ("rocm",),
    "vllm": ("thor", "vllm"),
    "comfyui": ("thor", "comfyui"),
    "speaches": ("thor", "speech"),
    "litellm": ("litellm",),
    "openwebui": ("openwebui",),
}
"""The key in the values that has the image of each program."""
NUMBER = re.compile(r"\d+\.\d+(?:\.\d+)*")
BUILD = re.compile(r"(?:^|-)b([0-9]{4,})(?:-|$)")
"""The same in charts/ai-server/charts/common/templates/_nodes.tpl: server-rocm-b11434, b10039, rocm-b10500-patched."""
REGISTRY = re.compile(r"^(?:localhost|[^/]*[.:][^/]*)/")
"""The first part of a name is a registry if it has a dot or a port, or is localhost, as in the chart."""


@dataclass(frozen=True)
class Pin:
    """The name of a default image without its registry, which a copy may replace, and the version in its tag."""

    name: str
    version: str


@cache
def pins() -> Mapping[str, Pin]:
    """The chart's default image of each program, from its values.yaml."""
    return {program: _pin(program, reduce(getitem, path, chart_defaults())) for program, path in PATHS.items()}


def version_of(program: str, tag: str) -> str:
    """The version in a tag such as v0.30.0, 0.8.3-cpu or server-rocm-b11434; "" if it has none."""
    if program == "llama-server":
        build = build_of_tag(tag)
        return f"b{build}" if build else ""
    match = NUMBER.search(tag)
    return match[0] if match else ""


def build_of_tag(tag: str) -> int | None:
    """The build number of llama.cpp in a tag; None if it has none, in which case the value build counts."""
    match = BUILD.search(tag)
    return int(match[1]) if match else None


def carries(program: str, reference: str, version: str) -> bool:
    """Whether an image is the chart's default image, in any registry, and its tag has that version."""
    image, pin = parse(reference), pins()[program]
    same = image.name == pin.name or image.name.endswith(f"/{pin.name}")
    return same and version_of(program, image.tag) == version


def _pin(program: str, settings: Mapping[str, Any]) -> Pin:
    image = settings["image"]
    # the tag of llama-server is built from the build number
    version = f"b{settings['build']}" if program == "llama-server" else version_of(program, image["tag"])
    return Pin(REGISTRY.sub("", image["repository"]), version)
