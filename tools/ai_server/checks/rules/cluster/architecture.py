"""An image that does not run on its node's processor."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from ai_server.checks import facts
from ai_server.checks.engine.keypaths import origin
from ai_server.checks.engine.model import Violation, not_checked
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import ClusterView
from ai_server.checks.subjects.placement import Placed, placement
from ai_server.errors import UserError
from ai_server.kube.manifests import identity
from ai_server.kube.nodes import ARCH, labels
from ai_server.reading.data import read_data

OTHER_NAMES = {
    "x86_64": "amd64",
    "x86-64": "amd64",
    "x64": "amd64",
    "aarch64": "arm64",
    "armv8": "arm64",
    "arm": "arm64",
}
"""What other programs call the processors."""


@rule("cluster/architecture")
def check(view: ClusterView) -> Iterator[Violation]:
    """A finding for each image that a possible node cannot run, and for a selector of processors that nobody has."""
    here = placement(view)
    known = {arch for node in here.nodes if (arch := labels(node).get(ARCH))}
    unknown: set[str] = set()
    for placed in here.placed:
        wanted = (placed.pod.spec.get("nodeSelector") or {}).get(ARCH)
        if wanted and not known:
            yield not_checked(f"the processor {wanted} that pods are for: no node in {here.facts.source} says its own")
        elif wanted and wanted not in known:
            keys = view.setting(origin(placed.pod.owner), "pod", "nodeSelector", ARCH)
            message = f"{identity(placed.pod.owner)}: no node in {here.facts.source} has the processor {wanted}"
            meant = OTHER_NAMES.get(wanted.lower(), "")
            fix = f"write {meant}" if meant in known else f"there are: {', '.join(sorted(known))}"
            yield Violation(keys, message, fix)
        yield from _images(view, placed, unknown)
    if unknown:
        why = f"which processors these images are for: {', '.join(sorted(unknown))}"
        yield Violation((), why, "say it in image.platforms, or ask with --online", severity="not-checked")


def _images(view: ClusterView, placed: Placed, unknown: set[str]) -> Iterator[Violation]:
    found = {arch for node in placed.meant if (arch := labels(node).get(ARCH))}
    for container in placed.pod.containers():
        keys = _image_key(view, placed, container["name"])
        image = container.get("image")
        if not image:
            continue  # the rule kubernetes/image-name says so
        platforms = view.get(*keys, "platforms") or platforms_of(image)
        if not platforms and view.online:
            platforms, why = _asked(image)
            if why:
                yield not_checked(why)
                continue
        if not platforms:
            unknown.add(image)
            continue
        view.count("images against processors")
        if others := sorted(found - set(platforms)):
            kinds = ", ".join(others)
            runs = f"{image} runs on {', '.join(platforms)} only"
            message = f"{identity(placed.pod.owner)} may go to {kinds} nodes, and {runs}"
            fix = f"pick nodes by pod.nodeSelector: {{{ARCH}: {platforms[0]}}}, or take an image for {kinds}"
            owner = origin(placed.pod.owner)
            stated = (*keys, "platforms")
            written = stated if view.given(*stated) else keys if view.given(*keys) else owner
            yield Violation(written, message, fix)


@cache
def _asked(image: str) -> tuple[list[str], str]:
    """What the image's registry says, or why it cannot be asked: once for an image, on however many nodes."""
    from ai_server.kube import registry

    try:
        return registry.platforms(image), ""
    except UserError as error:
        return [], f"which processors {image} is for: {error.message}"


def _image_key(view: ClusterView, placed: Placed, container: str) -> tuple[str | int, ...]:
    owner = origin(placed.pod.owner)
    if container in ("litellm", "openwebui"):
        return (container, "image")
    inner = (container,) if container in ("vllm", "comfyui", "speech") else ()
    if container == "folders":
        return view.setting(owner, "foldersImage")
    if container not in ("llama-server", "device-check", "vllm", "comfyui", "speech"):
        return (*owner, "pod")
    return view.setting(owner, *inner, "image")


def platforms_of(image: str) -> list[str] | None:
    """The processors (amd64, arm64) that an image is built for; None where that is not known."""
    name, _, tag = image.partition("@")[0].rpartition(":")
    for entry in _known():
        if name.endswith(f"/{entry['image']}") and tag.startswith(entry["tag"]):
            platforms: list[str] = entry["platforms"]
            return platforms
    return None


@cache
def _known() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = read_data(facts.__file__, "image_platforms.yaml")
    return entries
