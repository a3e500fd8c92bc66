"""The release that a trial renders: the processes of the gateway and the page, and what of it does not run here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ai_server.kube.manifests import Manifests, Object, Pod
from ai_server.local.container import Process, Program, process


def processes(
    manifests: Manifests, programs: Mapping[str, Program], below: Path, **options: Any
) -> dict[str, tuple[Process, str]]:
    """For each program (litellm, openwebui), its process, with files in the folder of its name, and the path that
    answers when it is ready.

    options: secrets and places, as of container.process.
    """
    pod = _pod(manifests)
    containers = {container["name"]: container for container in pod.containers(init=False)}
    return {
        name: (
            process(manifests, pod, containers[name], program, below=below / name, **options),
            _ready_path(containers[name]),
        )
        for name, program in programs.items()
    }


def _pod(manifests: Manifests) -> Pod:
    """The pod of the gateway and the page."""
    return next(pod for pod in manifests.running() if any(item["name"] == "litellm" for item in pod.containers()))


def _ready_path(container: Object) -> str:
    """The path that answers when a container is ready, by its probes."""
    probes = (container.get(name) for name in ("startupProbe", "readinessProbe", "livenessProbe"))
    return next(str(probe["httpGet"]["path"]) for probe in probes if probe)


def other_versions(values: Mapping[str, Any], here: Mapping[str, str]) -> list[str]:
    """A sentence for each program that the values install at another version than the one that runs here."""
    tags = {name: ((values.get(name) or {}).get("image") or {}).get("tag") for name in here}
    return [
        f"{here[name]} runs here, your values install {tag}"
        for name, tag in tags.items()
        if tag and str(tag).removeprefix("v") != here[name].split()[-1]
    ]


def own_containers(manifests: Manifests) -> list[str]:
    """The containers that the values add to the pod of the gateway; they are not started here."""
    return sorted({container["name"] for container in _pod(manifests).containers()} - {"litellm", "openwebui"})
