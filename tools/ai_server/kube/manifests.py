"""The Kubernetes objects of a render, by kind, name and labels; the only module that walks pods."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from posixpath import normpath
from typing import Any

Object = dict[str, Any]

WORKLOADS = ("Deployment", "DaemonSet", "StatefulSet", "ReplicaSet", "Job", "CronJob", "Pod")


@dataclass(frozen=True)
class Reference:
    """A reference from a pod to another object, and whether it is optional."""

    kind: str
    name: str
    optional: bool = False


@dataclass(frozen=True)
class Pod:
    """A pod template and the workload that it belongs to."""

    owner: Object
    metadata: Object
    spec: Object

    @property
    def name(self) -> str:
        """The name of the workload."""
        name: str = self.owner["metadata"]["name"]
        return name

    @property
    def labels(self) -> dict[str, str]:
        """The labels of the pod."""
        return self.metadata.get("labels") or {}

    def containers(self, *, init: bool = True) -> Iterator[Object]:
        """The containers, starting with the init containers unless init is False."""
        if init:
            yield from self.spec.get("initContainers") or []
        yield from self.spec.get("containers") or []

    def config_map(self, volume: str) -> str:
        """The name of the ConfigMap in a volume; "" without one."""
        volumes = {item["name"]: item for item in self.spec.get("volumes") or []}
        return str(volumes.get(volume, {}).get("configMap", {}).get("name", ""))

    @property
    def of_hook(self) -> bool:
        """Whether it belongs to a Helm hook."""
        return "helm.sh/hook" in (self.owner["metadata"].get("annotations") or {})

    def references(self) -> Iterator[Reference]:
        """Every object that must exist for the pod to start."""
        spec = self.spec
        for volume in spec.get("volumes") or []:
            for field, kind, key in (
                ("configMap", "ConfigMap", "name"),
                ("secret", "Secret", "secretName"),
                ("persistentVolumeClaim", "PersistentVolumeClaim", "claimName"),
            ):
                if name := (volume.get(field) or {}).get(key):
                    yield Reference(kind, name, volume[field].get("optional", False))
        for container in self.containers():
            sources = [entry.get("valueFrom") or {} for entry in container.get("env") or []]
            for source in [*sources, *(container.get("envFrom") or [])]:
                for field, kind in (
                    ("secretKeyRef", "Secret"),
                    ("configMapKeyRef", "ConfigMap"),
                    ("secretRef", "Secret"),
                    ("configMapRef", "ConfigMap"),
                ):
                    if name := (source.get(field) or {}).get("name"):
                        yield Reference(kind, name, source[field].get("optional", False))
        for field, kind in (
            ("serviceAccountName", "ServiceAccount"),
            ("runtimeClassName", "RuntimeClass"),
            ("priorityClassName", "PriorityClass"),
        ):
            if spec.get(field):
                yield Reference(kind, spec[field])
        for secret in spec.get("imagePullSecrets") or []:
            if secret.get("name"):
                yield Reference("Secret", secret["name"])

    def secret_keys(self, name: str) -> Iterator[str]:
        """The keys of a Secret that variables of the containers use."""
        for container in self.containers():
            for entry in container.get("env") or []:
                reference = (entry.get("valueFrom") or {}).get("secretKeyRef") or {}
                if reference.get("name") == name and "key" in reference:
                    yield reference["key"]


class Manifests(list[Object]):
    """The objects of a render, in Helm's order; none is added or removed later.

    unusable: further objects, which do not have the form of their kind.
    """

    def __init__(self, items: Iterable[Object] = (), unusable: Iterable[Object] = ()) -> None:
        super().__init__(items)
        self.unusable = list(unusable)

    def of_kind(self, *kinds: str) -> list[Object]:
        """The objects of these kinds."""
        return [item for item in self if item["kind"] in kinds]

    def get(self, kind: str, name: str) -> Object:
        """The object of that kind and name; LookupError lists the existing ones."""
        matches = self._by_name.get((kind, name), [])
        if len(matches) != 1:
            there = ", ".join(sorted(item["metadata"]["name"] for item in self.of_kind(kind))) or "none"
            raise LookupError(f"{len(matches)} objects match {kind}/{name}; objects of that kind: {there}")
        return matches[0]

    def has(self, kind: str, name: str) -> bool:
        """Whether there is an object of that kind and name, usable or not."""
        return (kind, name) in self.names

    @cached_property
    def names(self) -> frozenset[tuple[str, str]]:
        """The kind and name of each object, usable or not."""
        return frozenset((item["kind"], item["metadata"]["name"]) for item in (*self, *self.unusable))

    def pods(self) -> list[Pod]:
        """The pod template of every workload."""
        return self._pods

    @cached_property
    def _pods(self) -> list[Pod]:
        return [Pod(owner, *_template(owner)) for owner in self.of_kind(*WORKLOADS)]

    @cached_property
    def _by_label(self) -> dict[tuple[str, str], list[Pod]]:
        pods: dict[tuple[str, str], list[Pod]] = {}
        for pod in self._pods:
            for key, value in pod.labels.items():
                pods.setdefault((key, str(value)), []).append(pod)
        return pods

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], list[Object]]:
        objects: dict[tuple[str, str], list[Object]] = {}
        for item in self:
            objects.setdefault((item["kind"], item["metadata"]["name"]), []).append(item)
        return objects

    def running(self) -> list[Pod]:
        """The pods that keep running: all except those of hooks."""
        return [pod for pod in self.pods() if not pod.of_hook]

    def pod(self, name: str) -> Pod:
        """The pod template of the workload with that name."""
        matches = [pod for pod in self.pods() if pod.name == name]
        if len(matches) != 1:
            raise LookupError(
                f"{len(matches)} workloads match {name}; workloads: {', '.join(pod.name for pod in self.pods())}"
            )
        return matches[0]

    def selected_by(self, service: Object) -> list[Pod]:
        """The pods that a Service selects."""
        return self.labelled(service["spec"].get("selector") or {})

    def labelled(self, selector: dict[str, str]) -> list[Pod]:
        """The pods that have all of these labels; none if there are no labels."""
        if not selector:
            return []
        fewest = min((self._by_label.get((key, str(value)), []) for key, value in selector.items()), key=len)
        return [pod for pod in fewest if selector.items() <= pod.labels.items()]


def identity(item: Object) -> str:
    """The object as Kind/name."""
    return f"{item['kind']}/{item['metadata']['name']}"


def _template(owner: Object) -> tuple[Object, Object]:
    """The metadata and spec of a workload's pods; {} where a custom object lacks them."""
    spec = _map(owner, "spec")
    if owner["kind"] == "Pod":
        return owner["metadata"], spec
    if owner["kind"] == "CronJob":
        spec = _map(_map(spec, "jobTemplate"), "spec")
    template = _map(spec, "template")
    return _map(template, "metadata"), _map(template, "spec")


def _map(item: Object, key: str) -> Object:
    value = item.get(key)
    return value if isinstance(value, dict) else {}


def folder(mount: Object) -> str:
    """The normalized path of a volume's mount."""
    return normpath(str(mount.get("mountPath") or "/"))
