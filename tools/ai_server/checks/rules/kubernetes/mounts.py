"""Mounts of containers."""

from collections.abc import Iterator
from functools import cache

from ai_server.checks import facts
from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.subjects.per import per_container
from ai_server.checks.subjects.pods import ContainerSubject, folder
from ai_server.near import choice


@rule("kubernetes/mount-without-volume")
@per_container
def volumes_of_mounts(container: ContainerSubject) -> Iterator[Violation]:
    """Compares the mounts with the volumes of the pod."""
    names = [volume["name"] for volume in container.pod.volumes]
    for index, mount in enumerate(container.mounts):
        if mount["name"] not in names:
            near = choice(mount["name"], names)
            fix = f"use {near}" if near else f"add it to {container.origin.component[0]}.pod.extraVolumes"
            message = f'{container.pod.identity} has no volume "{mount["name"]}"'
            yield Violation(container.written("volumeMounts", index), message, fix)


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


@cache
def _folders() -> dict[str, dict[str, list[str]]]:
    folders: dict[str, dict[str, list[str]]] = facts.table("image_folders")
    return folders
