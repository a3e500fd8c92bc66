"""Changes to a cluster that the pods of a release depend on."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

from ai_server.kube.nodes import HOSTNAME
from tests.mutation.operators import refused, silent
from tests.mutation.subject import Mutant, Subject

NAMES_OF_CLASSES = ("storageClass", "runtimeClassName", "priorityClassName", "className")
GPU_RESOURCES = ("amd.com/gpu", "nvidia.com/gpu")


def _needed(subject: Subject, gpu_access: str = "") -> set[str]:
    """Names of the nodes on which programs run, of all or of those that access the GPU in one way."""
    found = set()
    usual = {"rocm": "devicePlugin", "thor": "runtimeClass"}
    for component in ("rocm", "thor"):
        section = subject.values.get(component) or {}
        for name, entry in (section.get("nodes") or {}).items() if section.get("enabled", True) else ():
            if (entry or {}).get("enabled", True) and "selector" not in (entry or {}):
                access = (entry or {}).get("gpuAccess") or section.get("gpuAccess") or usual[component]
                found |= {(entry or {}).get("node") or name} if gpu_access in ("", access) else set()
    return found


def _each(subject: Subject, change: Callable[[Any], bool], *, needed: bool = True) -> Iterator[Mutant]:
    """A mutant for each node that the release needs (or does not need), if the change applies to it."""
    for index, node in enumerate(subject.objects["Node"]):
        if (node["metadata"]["name"] in _needed(subject)) is needed:
            made = copy.deepcopy(subject.objects["Node"])
            if change(made[index]):
                yield subject.with_objects("Node", made, node["metadata"]["name"])


@refused
def node_renamed_in_the_cluster(subject: Subject) -> Iterator[Mutant]:
    """A node that was installed again under another name."""

    def rename(node: Any) -> bool:
        node["metadata"]["name"] += "x"
        node["metadata"].setdefault("labels", {})[HOSTNAME] = node["metadata"]["name"]
        return True

    yield from _each(subject, rename)


@refused
def node_gone(subject: Subject) -> Iterator[Mutant]:
    """A node that left the cluster."""
    for name in sorted(_needed(subject)):
        kept = [node for node in subject.objects["Node"] if node["metadata"]["name"] != name]
        yield subject.with_objects("Node", kept, name)


@refused
def taint_added(subject: Subject) -> Iterator[Mutant]:
    """A taint that no pod tolerates."""

    def add(node: Any) -> bool:
        taints = node.setdefault("spec", {}).setdefault("taints", [])
        taints.append({"key": "example.com/maintenance", "value": "yes", "effect": "NoSchedule"})
        return True

    yield from _each(subject, add)


@refused
def taint_with_another_key(subject: Subject) -> Iterator[Mutant]:
    """A taint's key misspelt on the node."""

    def change(node: Any) -> bool:
        taints = (node.get("spec") or {}).get("taints") or []
        for taint in taints:
            taint["key"] += "x"
        return bool(taints)

    yield from _each(subject, change)


@refused
def gpu_gone(subject: Subject) -> Iterator[Mutant]:
    """The device plugin no longer runs, and a pod asks for what it offered."""
    asks = _needed(subject, "devicePlugin")

    def take(node: Any) -> bool:
        parts = [node["status"].get(part) or {} for part in ("allocatable", "capacity")]
        had = [part.pop(name, None) for part in parts for name in GPU_RESOURCES]
        return any(had) and node["metadata"]["name"] in asks

    yield from _each(subject, take)


@refused
def fewer_gpus(subject: Subject) -> Iterator[Mutant]:
    """One GPU fewer than requested."""
    asks = _needed(subject, "devicePlugin")

    def take(node: Any) -> bool:
        found = [
            (part, name)
            for part in ("allocatable", "capacity")
            for name in node["status"].get(part) or {}
            if name in GPU_RESOURCES
        ]
        for part, name in found:
            node["status"][part][name] = str(int(node["status"][part][name]) - 1)
        return bool(found) and node["metadata"]["name"] in asks

    yield from _each(subject, take)


@refused
def label_that_picks_nodes_changed(subject: Subject) -> Iterator[Mutant]:
    """A label misspelt on every node that has it, so that a selector in the values matches no node."""
    for pairs in _selectors(subject.values):
        for key in pairs:
            made = copy.deepcopy(subject.objects["Node"])
            for node in made:
                labels = node["metadata"].get("labels") or {}
                if pairs.items() <= labels.items():
                    labels[key] += "x"
            yield subject.with_objects("Node", made, f"{key}={pairs[key]}")


def _selectors(values: Any) -> Iterator[dict[str, str]]:
    """The labels by which enabled entries in the values select nodes."""
    for component, section in values.items():
        if isinstance(section, dict) and section.get("enabled", True):
            found = [(section.get("pod") or {}).get("nodeSelector")]
            for entry in (section.get("nodes") or {}).values():
                if (entry or {}).get("enabled", True):
                    found += [(entry or {}).get("selector"), ((entry or {}).get("pod") or {}).get("nodeSelector")]
            yield from (pairs for pairs in found if pairs and component != "global")


@refused
def memory_of_a_small_machine(subject: Subject) -> Iterator[Mutant]:
    """A node with 1 GiB of memory instead of a hundred."""

    def shrink(node: Any) -> bool:
        node["status"]["allocatable"]["memory"] = "1Gi"
        return True

    yield from _each(subject, shrink)


@refused
def processor_of_another_kind(subject: Subject) -> Iterator[Mutant]:
    """arm64 instead of amd64, and vice versa, as if another machine had the node's name."""

    def swap(node: Any) -> bool:
        labels = node["metadata"].setdefault("labels", {})
        labels["kubernetes.io/arch"] = {"amd64": "arm64", "arm64": "amd64"}[labels["kubernetes.io/arch"]]
        return True

    yield from _each(subject, swap)


@refused
def class_renamed(subject: Subject) -> Iterator[Mutant]:
    """A missing storage, runtime, priority or Ingress class that the values name."""
    named = {value for section in _texts(subject.values) for value in section}
    named |= (
        {"nvidia"}
        if (subject.values.get("thor") or {}).get("enabled", True) and (subject.values.get("thor") or {}).get("nodes")
        else set()
    )
    for kind in ("StorageClass", "RuntimeClass", "PriorityClass", "IngressClass"):
        for index, item in enumerate(subject.objects.get(kind, [])):
            if item["metadata"]["name"] in named and len(subject.objects[kind]) > 0:
                made = copy.deepcopy(subject.objects[kind])
                made[index]["metadata"]["name"] += "x"
                yield subject.with_objects(kind, made, item["metadata"]["name"])


def _texts(value: Any) -> Iterator[set[str]]:
    from tests.schema_paths import nodes

    for path, item in nodes(value):
        if path and path[-1] in NAMES_OF_CLASSES and isinstance(item, str):
            yield {item}


@refused
def no_runtime_class(subject: Subject) -> Iterator[Mutant]:
    """A cluster without any runtime class, where pods with a GPU name one."""
    if _needed(subject, "runtimeClass") and not (subject.values.get("thor") or {}).get("createRuntimeClass"):
        yield subject.with_objects("RuntimeClass", [], "RuntimeClass")


def _namespaces(subject: Subject, level: str) -> Iterator[Mutant]:
    labels = {"pod-security.kubernetes.io/enforce": level}
    if _needed(subject):
        yield subject.with_objects("Namespace", [{"metadata": {"name": "ai-server", "labels": labels}}], level)


@refused
def namespace_that_rejects_folders_of_nodes(subject: Subject) -> Iterator[Mutant]:
    """A namespace that enforces a level at which no pod mounts a folder of the node."""
    yield from _namespaces(subject, "baseline")
    yield from _namespaces(subject, "restricted")


@silent
def namespace_that_admits_every_pod(subject: Subject) -> Iterator[Mutant]:
    """A namespace that enforces the level of every pod."""
    yield from _namespaces(subject, "privileged")


@refused
def another_pod_takes_the_memory(subject: Subject) -> Iterator[Mutant]:
    """Other pods already request so much that too little is left."""
    for node in subject.objects["Node"]:
        if node["metadata"]["name"] in _needed(subject):
            request = {"memory": node["status"]["allocatable"]["memory"]}
            pod = {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": "other", "namespace": "other"},
                "spec": {
                    "nodeName": node["metadata"]["name"],
                    "containers": [{"name": "a", "resources": {"requests": request}}],
                },
            }
            yield subject.with_objects("Pod", [*subject.objects.get("Pod", []), pod], node["metadata"]["name"])


@silent
def more_memory(subject: Subject) -> Iterator[Mutant]:
    """A node with more memory."""

    def grow(node: Any) -> bool:
        node["status"]["allocatable"]["memory"] = "512Gi"
        return True

    yield from _each(subject, grow)


@silent
def label_added(subject: Subject) -> Iterator[Mutant]:
    """An additional label on a node."""

    def add(node: Any) -> bool:
        node["metadata"].setdefault("labels", {})["example.com/rack"] = "3"
        return True

    yield from _each(subject, add)
    yield from _each(subject, add, needed=False)


@silent
def node_added(subject: Subject) -> Iterator[Mutant]:
    """An additional node that no pod is meant for."""
    new = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": "new", "labels": {"kubernetes.io/arch": "arm64", HOSTNAME: "new"}},
        "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "ephemeral-storage": "50Gi"}},
    }
    yield subject.with_objects("Node", [*subject.objects["Node"], new], "new")


@silent
def nodes_in_another_order(subject: Subject) -> Iterator[Mutant]:
    """The objects of the cluster in reverse order."""
    yield subject.with_objects("Node", list(reversed(subject.objects["Node"])), "reversed")
