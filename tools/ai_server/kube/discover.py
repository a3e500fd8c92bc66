"""Writes a live cluster as a clean cluster.yaml: what the checks read, and nothing else."""

from typing import Any

from ai_server.kube.cluster_facts import API_VERSIONS, NAMESPACED, ClusterFacts
from ai_server.kube.nodes import CONDITIONS, GPU_DEVICES

Object = dict[str, Any]
NODE_STATUS = ("capacity", "allocatable")

OF_CLASSES = (
    "storageclass.kubernetes.io/is-default-class",
    "ingressclass.kubernetes.io/is-default-class",
    "meta.helm.sh/release-name",
    "meta.helm.sh/release-namespace",
)
"""Annotations of a class: whether it is the default, and which release created it."""
OF_NAMESPACES = "pod-security.kubernetes.io/"
OF_DEVICES = ("type", "productName", "architecture")
"""Attributes of a device: not its addresses and serial numbers."""


def as_yaml(facts: ClusterFacts) -> str:
    """A `kind: List` of nodes, classes, namespaces, pods with their requests, and the objects that the release
    installed; then an empty list of each kind of which the cluster has none.
    """
    import yaml

    items = [
        {"apiVersion": API_VERSIONS[kind], "kind": kind, **keep(item)}
        for kind, keep in _KEEP.items()
        for item in facts.of_kind(kind)
    ]
    documents = [{"apiVersion": "v1", "kind": "List", "items": items}, *_empty_lists(facts)]
    text: str = yaml.dump_all(documents, Dumper=yaml.CSafeDumper, sort_keys=False, width=120)
    return "# What ai-server check needs to know about this cluster. It contains no secrets.\n" + text


def _empty_lists(facts: ClusterFacts) -> list[Object]:
    kinds = [kind for kind in _KEEP if facts.knows(kind) and not facts.of_kind(kind) and kind not in NAMESPACED]
    return [{"apiVersion": API_VERSIONS[kind], "kind": f"{kind}List", "items": []} for kind in kinds]


def _node(item: Object) -> Object:
    status, spec = item.get("status") or {}, item.get("spec") or {}
    kept: Object = {"metadata": _metadata(item, labels=True)}
    kept["spec"] = {key: spec[key] for key in ("taints", "unschedulable") if spec.get(key)}
    kept["status"] = {key: status[key] for key in NODE_STATUS if key in status}
    kept["status"]["conditions"] = [
        {"type": condition["type"], "status": condition["status"]}
        for condition in status.get("conditions") or []
        if condition["type"] == "Ready" or (condition["type"] in CONDITIONS and condition["status"] == "True")
    ]
    kubelet = (status.get("nodeInfo") or {}).get("kubeletVersion")
    if kubelet:
        kept["status"]["nodeInfo"] = {"kubeletVersion": kubelet}
    return kept


def _pod(item: Object) -> Object:
    spec = item["spec"]
    kept: Object = {
        "nodeName": spec.get("nodeName", ""),
        "containers": [_container(container) for container in spec["containers"]],
    }
    if spec.get("initContainers"):
        kept["initContainers"] = [_container(container) for container in spec["initContainers"]]
    if spec.get("runtimeClassName"):
        kept["runtimeClassName"] = spec["runtimeClassName"]
    if devices := [volume for volume in spec.get("volumes") or [] if _device(volume)]:
        kept["volumes"] = [
            {"name": volume["name"], "hostPath": {"path": volume["hostPath"]["path"]}} for volume in devices
        ]
    labels = item["metadata"].get("labels") or {}
    instance = {key: labels[key] for key in ("app.kubernetes.io/instance",) if key in labels}
    metadata = {**_metadata(item), **({"labels": instance} if instance else {})}
    phase = (item.get("status") or {}).get("phase", "Running")
    return {"metadata": metadata, "spec": kept, "status": {"phase": phase}}


def _device(volume: Object) -> bool:
    """Whether a volume is a device of a GPU."""
    return str((volume.get("hostPath") or {}).get("path", "")).startswith(GPU_DEVICES)


def _container(item: Object) -> Object:
    """The requests of a container, and what shows that it uses a GPU: privileged, or the only variable we keep."""
    kept: Object = {key: item[key] for key in ("name", "restartPolicy") if key in item}
    resources = {
        key: value for key, value in (item.get("resources") or {}).items() if key in ("requests", "limits") and value
    }
    if resources:
        kept["resources"] = resources
    visible = [
        variable
        for variable in item.get("env") or []
        if variable["name"] == "NVIDIA_VISIBLE_DEVICES" and "value" in variable
    ]
    if visible:
        kept["env"] = visible
    if (item.get("securityContext") or {}).get("privileged"):
        kept["securityContext"] = {"privileged": True}
    return kept


def _class(item: Object) -> Object:
    kept: Object = {key: item[key] for key in ("provisioner", "handler", "scheduling", "value") if key in item}
    annotations = item["metadata"].get("annotations") or {}
    metadata = _metadata(item)
    if kept_annotations := {key: annotations[key] for key in OF_CLASSES if key in annotations}:
        metadata["annotations"] = kept_annotations
    return {"metadata": metadata, **kept}


def _ingress_class(item: Object) -> Object:
    return {**_class(item), "spec": {"controller": (item.get("spec") or {}).get("controller", "")}}


def _namespace(item: Object) -> Object:
    """A namespace with the Pod Security levels that it enforces."""
    labels = item["metadata"].get("labels") or {}
    levels = {key: labels[key] for key in sorted(labels) if key.startswith(OF_NAMESPACES)}
    return {"metadata": {**_metadata(item), **({"labels": levels} if levels else {})}}


def _device_class(item: Object) -> Object:
    """A class with the conditions for its devices, which name the driver."""
    selectors = (item.get("spec") or {}).get("selectors")
    return {"metadata": _metadata(item), "spec": {"selectors": selectors} if selectors else {}}


def _slice(item: Object) -> Object:
    """The devices that a driver offers on a node: their names, kinds and amounts."""
    spec = item["spec"]
    kept = {key: spec[key] for key in ("driver", "nodeName", "pool") if key in spec}
    return {"metadata": _metadata(item), "spec": {**kept, "devices": list(map(_of_slice, spec.get("devices") or []))}}


def _of_slice(device: Object) -> Object:
    attributes = {key: device["attributes"][key] for key in OF_DEVICES if key in (device.get("attributes") or {})}
    capacity = {"capacity": device["capacity"]} if device.get("capacity") else {}
    return {"name": device["name"], **({"attributes": attributes} if attributes else {}), **capacity}


def _workload(item: Object) -> Object:
    return {"metadata": _metadata(item), "spec": {"selector": item["spec"]["selector"]}}


def _claim(item: Object) -> Object:
    spec = {key: item["spec"][key] for key in ("accessModes", "storageClassName", "resources") if key in item["spec"]}
    return {"metadata": _metadata(item), "spec": spec}


def _metadata(item: Object, *, labels: bool = False) -> Object:
    metadata = item["metadata"]
    kept = {key: metadata[key] for key in ("name", "namespace") if metadata.get(key)}
    if labels:
        kept["labels"] = dict(sorted((metadata.get("labels") or {}).items()))
    return kept


_KEEP = {
    "Node": _node,
    "StorageClass": _class,
    "RuntimeClass": _class,
    "PriorityClass": _class,
    "IngressClass": _ingress_class,
    "DeviceClass": _device_class,
    "ResourceSlice": _slice,
    "Namespace": _namespace,
    "Pod": _pod,
    "Deployment": _workload,
    "DaemonSet": _workload,
    "PersistentVolumeClaim": _claim,
}
