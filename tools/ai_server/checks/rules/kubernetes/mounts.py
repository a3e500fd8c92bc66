"""Mounts of containers."""

from collections.abc import Iterator
from functools import cache
from pathlib import PurePosixPath

from ai_server.checks import facts
from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.subjects.models_volume import NAME as MODELS
from ai_server.checks.subjects.per import per_container, per_pod
from ai_server.checks.subjects.pods import ContainerSubject, PodSubject
from ai_server.kube.kubeversion import minor, parsed
from ai_server.kube.manifests import Object, folder
from ai_server.near import choice

READ_ONLY = ("configMap", "downwardAPI", "image", "projected", "secret")
"""Kinds of volumes that are always mounted read-only."""
IMAGE_VOLUMES = (1, 35, 0)
"""The first version of Kubernetes with image volumes on by default: alpha in 1.31, stable in 1.36 (KEP 4639)."""


@rule("kubernetes/mount-without-volume")
@per_container
def volumes_of_mounts(container: ContainerSubject) -> Iterator[Violation]:
    """Compares the mounts with the volumes of the pod."""
    names = [volume["name"] for volume in container.pod.volumes]
    for index, mount in enumerate(container.mounts):
        if mount["name"] not in names:
            near = choice(mount["name"], names)
            fix = f"use {near}" if near else _where_volumes_are(container, mount["name"])
            message = f'{container.pod.identity} has no volume "{mount["name"]}"'
            yield Violation(container.written("volumeMounts", index), message, fix, at=container.pod.identity)


def _where_volumes_are(container: ContainerSubject, name: str) -> str:
    """The advice to add a volume to the pod of a container, which may be that of another component (mode: sidecar)."""
    pod, component = container.pod.component[0], container.origin.component[0]
    volumes = container.pod.view.get(component, "pod", "extraVolumes") or []
    if pod != component and any(volume.get("name") == name for volume in volumes):
        return f"move it from {component}.pod.extraVolumes to {pod}.pod.extraVolumes: both run in one pod"
    return f"add it to {pod}.pod.extraVolumes"


@rule("kubernetes/mount-over-program")
@per_container
def folders_of_images(container: ContainerSubject) -> Iterator[Violation]:
    """Looks at the user's mounts in the chart's containers."""
    programs = _folders()["programs"].get(container.program, [])
    for index, mount in enumerate(container.mounts if container.program else []):
        path = folder(mount)
        hides = path in programs or path in _folders()["system"]
        if hides and (keys := container.given("volumeMounts", index)):
            hidden = "the program itself" if path in programs else "a part of the system"
            fix = "mount it at a separate folder"
            yield Violation(keys, f"a mount at {path} hides {hidden}", fix, at=container.name)


@rule("kubernetes/mount-in-read-only")
@per_container
def mounts_in_read_only_ones(container: ContainerSubject) -> Iterator[Violation]:
    """Looks for the mount around each mount."""
    for index, mount in enumerate(container.mounts):
        path = PurePosixPath(folder(mount))
        around = [other for other in container.mounts if PurePosixPath(folder(other)) in path.parents]
        outer = max(around, key=lambda other: len(folder(other)), default=None)
        if outer is None or not _read_only(container, outer):
            continue
        keys, missing = container.given("volumeMounts", index), path.relative_to(folder(outer))
        message = f"{path} is inside {folder(outer)}, which is read-only, so the folder cannot be created there"
        if keys or outer["name"] != MODELS:
            elsewhere = f"; or create {missing} in the volume {outer['name']}, and waive this"
            fix = f"{_instead(container, mount, outer)}{elsewhere}"
            yield Violation(keys or container.written("volumeMounts", index), message, fix, at=container.name)
        elif not _of_node(container, outer) or folder(outer) not in _folders()["system"]:  # cluster/host-path has those
            owners = (container.key, container.key[:1], ("global",))
            place = container.nearest([(*owner, "modelsPath") for owner in owners])
            yield Violation(place, message, "use another folder, such as /data/ai-models", at=container.name)


def _instead(container: ContainerSubject, mount: Object, outer: Object) -> str:
    """What to do in place of a mount; not with a folder of the node, which would have to be one that pods may use."""
    if outer["name"] != MODELS or _of_node(container, mount):
        return "mount it elsewhere"
    return f"set modelsVolume to the source of {mount['name']}"


def _of_node(container: ContainerSubject, mount: Object) -> bool:
    """Whether a mount is of a folder of the node."""
    return any(volume["name"] == mount["name"] and "hostPath" in volume for volume in container.pod.volumes)


def _read_only(container: ContainerSubject, mount: Object) -> bool:
    """Whether a mount cannot be written to."""
    volumes = (volume for volume in container.pod.volumes if volume["name"] == mount["name"])
    return bool(mount.get("readOnly")) or any(kind in volume for volume in volumes for kind in READ_ONLY)


@rule("kubernetes/image-volume")
@per_pod
def image_volumes(pod: PodSubject) -> Iterator[Violation]:
    """Compares the version of Kubernetes with the first that has image volumes on by default."""
    if (parsed(pod.view.kube_version) or IMAGE_VOLUMES) >= IMAGE_VOLUMES:
        return
    version = minor(pod.view.kube_version)
    for volume in pod.volumes:
        if "image" in volume:
            message = f"volume {volume['name']} is an image, which Kubernetes {version} does not mount by default"
            keys = pod.around("volumes", volume["name"], "image", "reference")
            yield Violation(keys, message, "upgrade to Kubernetes 1.35 or newer, or use a claim", at=pod.identity)


@cache
def _folders() -> dict[str, dict[str, list[str]]]:
    folders: dict[str, dict[str, list[str]]] = facts.table("image_folders")
    return folders
