"""The processors that images are built for, and the disk that they need."""

from collections.abc import Iterator
from functools import cache

from ai_server.checks.core.model import Violation, not_checked
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import ClusterView, computed_once
from ai_server.checks.subjects.placement import Placed, placement
from ai_server.checks.subjects.platforms import known_image, platforms_of
from ai_server.checks.subjects.pods import ContainerSubject
from ai_server.errors import UserError
from ai_server.kube.nodes import ARCH, allocatable, human, labels

DISK = "ephemeral-storage"
OTHER_NAMES = {
    "x86_64": "amd64",
    "x86-64": "amd64",
    "x64": "amd64",
    "aarch64": "arm64",
    "armv8": "arm64",
    "arm": "arm64",
}
"""The names of processors in other programs."""


@rule("cluster/architecture")
def processors(view: ClusterView) -> Iterator[Violation]:
    """Compares selectors with the processors of nodes, and these with the images of pods."""
    layout = placement(view)
    known = {arch for node in layout.nodes if (arch := labels(node).get(ARCH))}
    unknown: set[str] = set()
    for placed in layout.placed:
        wanted = placed.selector.get(ARCH)
        if wanted and not known:
            yield not_checked(
                f"the processor {wanted} that pods require: no node in {layout.facts.source} lists its own"
            )
        elif wanted and wanted not in known:
            message = f"{placed.subject.identity}: no node in {layout.facts.source} has the processor {wanted}"
            meant = OTHER_NAMES.get(wanted.lower(), "")
            fix = f"use {meant}" if meant in known else f"use one of: {', '.join(sorted(known))}"
            keys = placed.subject.place("nodeSelector", ARCH)
            yield Violation(keys, message, fix, at=placed.subject.identity)
        for container in placed.subject.containers:
            yield from _image(view, placed, container, unknown)
    if unknown:
        why = f"which processors these images support: {', '.join(sorted(unknown))}"
        yield Violation((), why, "set image.platforms, or query the registries with --online", severity="not-checked")


def _image(view: ClusterView, placed: Placed, container: ContainerSubject, unknown: set[str]) -> Iterator[Violation]:
    image = container.container.get("image")
    if not image:
        return  # kubernetes/image-name reports this
    stated = container.given("image", "platforms") if container.own and _states_platforms(view) else ()
    platforms = view.get(*stated) if stated else None
    platforms = platforms or platforms_of(container.image)
    if not platforms and view.online:
        platforms, why = _from_registry(image)
        if why:
            yield not_checked(why)
            return
    if not platforms:
        unknown.add(image)
        return
    on_nodes = {arch for node in placed.meant if (arch := labels(node).get(ARCH))}
    if others := sorted(on_nodes - set(platforms)):
        kinds = ", ".join(others)
        built_for = f"{image} is built for {', '.join(platforms)} only"
        verb = "may run" if on_nodes & set(platforms) else "runs"
        message = f"{placed.subject.identity} {verb} on {kinds} nodes, but {built_for}"
        program = container.origin.program
        fix = f"set {program}.image to one for {kinds}" if program else f"set image to one for {kinds}"
        if on_nodes & set(platforms):
            fix = f"set pod.nodeSelector: {{{ARCH}: {platforms[0]}}}, or {fix}"
        elif program:
            fix = f"{fix}, or {program}.enabled: false"
        yield Violation(stated or container.written("image"), message, fix, at=placed.subject.identity)


@computed_once
def _states_platforms(view: ClusterView) -> bool:
    """Whether the user's files set the platforms of any image."""
    return any(keys[-1:] == ("platforms",) for keys in view.values.places)


@cache
def _from_registry(image: str) -> tuple[list[str], str]:
    """The platforms from the image's registry, or why it cannot be reached; asked once for each image."""
    from ai_server.kube import registry

    try:
        return registry.platforms(image), ""
    except UserError as error:
        return [], f"which processors {image} supports: {error.message}"


@rule("cluster/small-disk")
def disks(view: ClusterView) -> Iterator[Violation]:
    """Compares the disk of each node with the large images of the pods that are meant for it."""
    sizes: dict[str, dict[str, float]] = {}
    pods: dict[str, Placed] = {}
    for placed in placement(view).placed:
        for image in (container.image for container in placed.subject.containers):
            for node in placed.meant if "gigabytes" in known_image(image) else []:
                name = node["metadata"]["name"]
                sizes.setdefault(name, {})[image.name] = known_image(image)["gigabytes"]
                pods.setdefault(name, placed)
    for node in view.facts.of_kind("Node"):
        images = sizes.get(node["metadata"]["name"], {})
        disk = allocatable(node).get(DISK)
        if disk is not None and sum(images.values()) * 10**9 > disk:
            large = (
                f"{' and '.join(sorted(images))} {'takes' if len(images) == 1 else 'take'} {sum(images.values()):g} GB"
            )
            message = f"{large} unpacked, but node {node['metadata']['name']} has {human(DISK, disk)} of disk"
            fix = "use a larger disk; if images are on another one than the kubelet's folder, waive this"
            yield Violation(pods[node["metadata"]["name"]].subject.key, message, fix)
