"""The rendered objects, pods and containers, with the keys of the values that each comes from."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ai_server.checks.core.views import RenderView, computed_once
from ai_server.checks.subjects.extra_objects import extra_key, in_workload
from ai_server.checks.subjects.origins import Origin, Own, origin, own_containers
from ai_server.checks.subjects.provenance import below, keys_of
from ai_server.checks.subjects.subject import Subject
from ai_server.checks.subjects.variables import Variables
from ai_server.kube.image_name import ImageName, parse
from ai_server.kube.manifests import WORKLOADS, Object, Pod, identity
from ai_server.reading.profiles import Keys


@dataclass(frozen=True)
class ObjectSubject(Subject):
    """A rendered object; a field starts with metadata, spec or the like."""

    object: Object

    @property
    def spec(self) -> Object:
        """Its spec."""
        return self.object.get("spec") or {}

    @cached_property
    def identity(self) -> str:
        """Kind/name."""
        return identity(self.object)

    @cached_property
    def origin(self) -> Origin:
        """The source of its settings."""
        return origin(self.object)

    @cached_property
    def extra(self) -> Keys:
        """The item of extraObjects that it is; () for an object of the chart."""
        return extra_key(self.view, self.object)

    @property
    def key(self) -> Keys:
        """The entry of its node, else its component; for an extra object, its item."""
        return self.extra or self.origin.key

    def keys(self, *field: str | int) -> Iterator[Keys]:
        """The keys of the values that a field may come from."""
        start = in_workload(self.object, ())
        if self.extra:
            yield below(self.extra, self.object, field)
        elif self.object["kind"] in WORKLOADS and field[: len(start)] == start:
            yield from next(pod for pod in _pods(self.view) if pod.pod.owner is self.object).keys(*field[len(start) :])
        else:
            yield from keys_of(self.view, self.origin, (self.object["kind"], "object"), self.object, field)


@dataclass(frozen=True)
class PodSubject(Subject):
    """A pod template and its workload; a field starts with a field of its spec, labels or annotations."""

    pod: Pod

    @cached_property
    def workload(self) -> ObjectSubject:
        """The object that creates the pods."""
        return ObjectSubject(self.view, self.pod.owner)

    @property
    def identity(self) -> str:
        """Kind/name of its workload."""
        return self.workload.identity

    @property
    def key(self) -> Keys:
        """The entry of its node, else its component."""
        return self.workload.key

    @property
    def component(self) -> Keys:
        """Its component, whose settings all its nodes share."""
        return self.workload.origin.component

    @property
    def spec(self) -> Object:
        """Its spec."""
        return self.pod.spec

    @property
    def volumes(self) -> list[Object]:
        """Its volumes."""
        return self.spec.get("volumes") or []

    @cached_property
    def containers(self) -> list["ContainerSubject"]:
        """Its containers, init containers first."""
        return [
            ContainerSubject(self.view, self, kind, index, container)
            for kind in ("initContainers", "containers")
            for index, container in enumerate(self.spec.get(kind) or [])
        ]

    def keys(self, *field: str | int) -> Iterator[Keys]:
        """The keys of the values that a field may come from."""
        if self.workload.extra:
            yield from self.workload.keys(*in_workload(self.workload.object, field))
            return
        for container in self.containers if len(field) > 2 else []:
            if container.own and field[0] == container.kind and field[1] in (container.index, container.name):
                yield from container.keys(*field[2:])
                return
        yield from keys_of(self.view, self.workload.origin, ("pod",), self._rendered, field)

    @cached_property
    def _rendered(self) -> Object:
        metadata = self.pod.metadata
        return {**self.spec, "labels": metadata.get("labels"), "annotations": metadata.get("annotations")}


@dataclass(frozen=True)
class ContainerSubject(Subject):
    """A container or init container of a pod; a field is one of its own."""

    pod: PodSubject
    kind: str
    index: int
    container: Object

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.container["name"])

    @property
    def own(self) -> Own | None:
        """What the chart knows about it; None for a custom container."""
        return None if self.pod.workload.extra else own_containers().get(self.name)

    @property
    def program(self) -> str:
        """The program that it runs; "" for a helper and for a custom container."""
        return self.own.runs if self.own else ""

    @cached_property
    def image(self) -> ImageName:
        """Its image."""
        return parse(str(self.container.get("image", "")))

    @property
    def mounts(self) -> list[Object]:
        """Its mounts."""
        return self.container.get("volumeMounts") or []

    @property
    def ports(self) -> list[Object]:
        """Its ports."""
        return self.container.get("ports") or []

    @property
    def resources(self) -> dict[str, dict[str, str]]:
        """Its requests and limits."""
        resources = self.container.get("resources") or {}
        return {kind: resources[kind] or {} for kind in ("requests", "limits") if kind in resources}

    @cached_property
    def env(self) -> Variables:
        """Its variables: the text, or the map of a reference."""
        variables: list[Object] = self.container.get("env") or []
        by_name = {item["name"]: item.get("value", item.get("valueFrom")) for item in variables}
        return Variables(by_name, more=bool(self.container.get("envFrom")))

    @cached_property
    def origin(self) -> Origin:
        """The source of its settings: that of its pod, or another component if it is a sidecar of that."""
        of_pod = self.pod.workload.origin
        return self.own.origin(of_pod) if self.own else of_pod

    @property
    def key(self) -> Keys:
        """The entry of its node, else its component; for a custom container, its item."""
        return self.origin.key if self.own else self.pod.written(self.kind, self.index)

    def keys(self, *field: str | int) -> Iterator[Keys]:
        """The keys of the values that a field may come from."""
        if self.own:
            return keys_of(self.view, self.origin, self.own.fields, self.container, field)
        return self.pod.keys(self.kind, self.index, *field)


def objects(view: RenderView, *kinds: str) -> list[ObjectSubject]:
    """The objects of some kinds, or of all."""
    return view.look_at([item for item in _objects(view) if not kinds or item.object["kind"] in kinds])


def all_objects(view: RenderView) -> list[ObjectSubject]:
    """The objects of all kinds, including those that do not have the form of their kind."""
    return view.look_at([*_objects(view), *(ObjectSubject(view, item) for item in view.manifests.unusable)])


@computed_once
def _objects(view: RenderView) -> list[ObjectSubject]:
    return [ObjectSubject(view, rendered) for rendered in view.manifests]


def pods(view: RenderView) -> list[PodSubject]:
    """Every pod of the release, including those of hooks."""
    return view.look_at(_pods(view))


@computed_once
def _pods(view: RenderView) -> list[PodSubject]:
    return [PodSubject(view, pod) for pod in view.manifests.pods()]


def containers(view: RenderView) -> list[ContainerSubject]:
    """Every container and init container of the release."""
    return view.look_at([container for pod in _pods(view) for container in pod.containers])
