"""Rules about the processors that images are built for."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from ai_server.checks import facts
from ai_server.checks.engine.model import Violation, not_checked
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import ClusterView, computed_once
from ai_server.checks.subjects.placement import Placed, placement
from ai_server.checks.subjects.pods import ContainerSubject
from ai_server.errors import UserError
from ai_server.kube.image_name import ImageName
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
def processors(view: ClusterView) -> Iterator[Violation]:
    """A selector names a processor that a node has, and each possible node can run the images of a pod."""
    here = placement(view)
    known = {arch for node in here.nodes if (arch := labels(node).get(ARCH))}
    unknown: set[str] = set()
    for placed in here.placed:
        wanted = placed.selector.get(ARCH)
        if wanted and not known:
            yield not_checked(f"the processor {wanted} that pods are for: no node in {here.facts.source} says its own")
        elif wanted and wanted not in known:
            message = f"{placed.subject.identity}: no node in {here.facts.source} has the processor {wanted}"
            meant = OTHER_NAMES.get(wanted.lower(), "")
            fix = f"write {meant}" if meant in known else f"there are: {', '.join(sorted(known))}"
            yield Violation(placed.subject.place("nodeSelector", ARCH), message, fix)
        for container in placed.subject.containers:
            yield from _image(view, placed, container, unknown)
    if unknown:
        why = f"which processors these images are for: {', '.join(sorted(unknown))}"
        yield Violation((), why, "say it in image.platforms, or ask with --online", severity="not-checked")


def _image(view: ClusterView, placed: Placed, container: ContainerSubject, unknown: set[str]) -> Iterator[Violation]:
    image = container.container.get("image")
    if not image:
        return  # the rule kubernetes/image-name says so
    stated = container.given("image", "platforms") if container.own and _states_platforms(view) else ()
    platforms = view.get(*stated) if stated else None
    platforms = platforms or platforms_of(container.image)
    if not platforms and view.online:
        platforms, why = _asked(image)
        if why:
            yield not_checked(why)
            return
    if not platforms:
        unknown.add(image)
        return
    view.count("images against processors")
    found = {arch for node in placed.meant if (arch := labels(node).get(ARCH))}
    if others := sorted(found - set(platforms)):
        kinds = ", ".join(others)
        runs = f"{image} runs on {', '.join(platforms)} only"
        message = f"{placed.subject.identity} may go to {kinds} nodes, and {runs}"
        fix = f"pick nodes by pod.nodeSelector: {{{ARCH}: {platforms[0]}}}, or take an image for {kinds}"
        yield Violation(stated or container.written("image"), message, fix)


@computed_once
def _states_platforms(view: ClusterView) -> bool:
    """Whether the user's files say of any image what it is for."""
    return any(keys[-1:] == ("platforms",) for keys in view.values.places)


@cache
def _asked(image: str) -> tuple[list[str], str]:
    """What the image's registry says, or why it cannot be asked: once for an image, on however many nodes."""
    from ai_server.kube import registry

    try:
        return registry.platforms(image), ""
    except UserError as error:
        return [], f"which processors {image} is for: {error.message}"


def platforms_of(image: ImageName) -> list[str] | None:
    """The processors (amd64, arm64) that an image is built for; None where that is not known."""
    for entry in _known():
        if image.name.endswith(f"/{entry['image']}") and image.tag.startswith(entry["tag"]):
            platforms: list[str] = entry["platforms"]
            return platforms
    return None


@cache
def _known() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = read_data(facts.__file__, "image_platforms.yaml")
    return entries
