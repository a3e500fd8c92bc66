"""Volumes that cannot hold the model files, or for which there is a simpler value."""

from collections.abc import Iterator

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.models_volume import NAME, ModelsVolume, models_volumes
from ai_server.reading.profiles import Keys

SMALL = ("configMap", "downwardAPI", "projected", "secret")
"""Kinds of volumes for small texts: Kubernetes limits their sources to 1 MiB."""
FIX = "use a volume that has the files, such as persistentVolumeClaim or nfs"


@rule("programs/models-volume")
def models_volume(view: RenderView) -> Iterator[Violation]:
    """Looks at the kind of volume that each node has."""
    for volume in models_volumes(view):
        keys, at = volume.key(volume.kind), volume.pod.identity
        if _starts_empty(volume):
            if _is_filled(volume):
                message = f"{volume.kind} vanishes with the pod, so each start copies the models again"
                yield Violation(keys, message, FIX, at=at, severity="warning")
            else:
                message = f"{volume.kind} is empty when a pod starts, so there are no models in it"
                yield Violation(keys, message, FIX, at=at)
        elif volume.kind in SMALL:
            yield Violation(keys, f"{volume.kind} holds at most 1 MiB, less than any model", FIX, at=at)
        elif volume.kind == "hostPath" and keys[-2:] == ("modelsVolume", "hostPath") and not _overrides(view, keys):
            fix = f"use modelsPath: {volume.fields.get('path')}"
            yield Violation(keys, "a folder of the node needs no modelsVolume", fix, at=at, severity="hint")


def _starts_empty(volume: ModelsVolume) -> bool:
    """Whether the volume is a new, empty one for each pod."""
    if volume.kind != "ephemeral":
        return volume.kind == "emptyDir"
    claim = (volume.fields.get("volumeClaimTemplate") or {}).get("spec") or {}
    return not (claim.get("dataSource") or claim.get("dataSourceRef"))


def _is_filled(volume: ModelsVolume) -> bool:
    """Whether a custom init container can write to the volume."""
    return any(
        mount["name"] == NAME and not mount.get("readOnly")
        for container in volume.pod.containers
        if container.kind == "initContainers" and not container.own
        for mount in container.mounts
    )


def _overrides(view: RenderView, keys: Keys) -> bool:
    """Whether an earlier file or a more general section sets another volume, so that the folder needs this key."""
    own = keys[: keys.index("modelsVolume")]
    more_general = [section for section in (own[:1], ("global",)) if section != own]
    return len(view.get(*keys[:-1])) > 1 or any(view.get(*section, "modelsVolume") for section in more_general)
