"""The volume with the model files of each pod of a node."""

from dataclasses import dataclass
from typing import Any

from ai_server.checks.core.views import RenderView, computed_once
from ai_server.checks.subjects.nodes import KINDS
from ai_server.checks.subjects.pods import PodSubject, pods
from ai_server.reading.profiles import Keys

NAME = "models"
"""Its name in the pod."""


@dataclass(frozen=True)
class ModelsVolume:
    """The volume with the model files of a pod."""

    pod: PodSubject
    source: dict[str, Any]
    """Kubernetes' volume source: {persistentVolumeClaim: {claimName: models}}."""

    @property
    def kind(self) -> str:
        """Its kind: hostPath, persistentVolumeClaim, nfs, ..."""
        return next(iter(self.source), "")

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of its kind."""
        return self.source.get(self.kind) or {}

    def key(self, *field: str) -> Keys:
        """The key of a field of the volume."""
        return self.pod.around("volumes", NAME, *field)


@computed_once
def models_volumes(view: RenderView) -> list[ModelsVolume]:
    """The volume with the model files of each pod that has one."""
    return [
        ModelsVolume(pod, {key: value for key, value in volume.items() if key != "name"})
        for pod in pods(view)
        for volume in pod.volumes
        if volume["name"] == NAME and pod.component[0] in KINDS
    ]
