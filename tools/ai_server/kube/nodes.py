"""Where pods can run: the scheduler's rules for labels and taints, and how much room a node has."""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from ai_server.kube.manifests import Object, Pod

Amounts = dict[str, Decimal]
"""Cores, bytes or devices, by the name of the resource."""
NONE = Decimal(0)
SUFFIXES = {"n": Decimal(10) ** -9, "u": Decimal(10) ** -6, "m": Decimal(10) ** -3, "": Decimal(1)}
SUFFIXES |= {unit: Decimal(1000) ** power for power, unit in enumerate("kMGTPE", 1)}
SUFFIXES |= {f"{unit}i": Decimal(1024) ** power for power, unit in enumerate("KMGTPE", 1)}
QUANTITY = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(?:([KMGTPE]i|[numkMGTPE])|([eE][+-]?[0-9]+))?")
"""apimachinery, resource.ParseQuantity."""
NATIVE = ("cpu", "memory", "ephemeral-storage", "pods")
"""Resources that every node has; if its status does not say how much, the amount is unknown, not zero."""
STATES = {
    "unschedulable": "cordoned",
    "not-ready": "not ready",
    "unreachable": "not ready",
    "network-unavailable": "not ready",
    "memory-pressure": "short of memory",
    "disk-pressure": "short of disk",
    "pid-pressure": "short of process ids",
}
"""Taints node.kubernetes.io/... that Kubernetes itself adds to a node and removes again, and their meaning; see
kubernetes.io, "Taints and Tolerations", taint nodes by condition. The pods of a DaemonSet tolerate them by default.
"""
CONDITIONS = {"MemoryPressure": "memory-pressure", "DiskPressure": "disk-pressure", "PIDPressure": "pid-pressure"}
OF_STATE = "node.kubernetes.io/"
ARCH = "kubernetes.io/arch"
HOSTNAME = "kubernetes.io/hostname"
GPU_DEVICES = ("/dev/kfd", "/dev/dri")
"""The device files of a GPU that pods without a device plugin mount."""


def quantity(value: Any) -> Decimal:
    """A Kubernetes quantity (250m, 1.5, 24Gi) as a number of cores, bytes or devices; ValueError for anything else."""
    match = QUANTITY.fullmatch(str(value).strip())
    if isinstance(value, bool) or not match:
        raise ValueError(f"{value} is not a quantity")
    number, suffix, exponent = match.groups()
    return Decimal(number) * (Decimal(10) ** int(exponent[1:]) if exponent else SUFFIXES[suffix or ""])


def kubelet(node: Object) -> str:
    """The version of a node's kubelet, such as v1.36.3+k3s1; "" if the node does not state it."""
    return str(((node.get("status") or {}).get("nodeInfo") or {}).get("kubeletVersion") or "")


def labels(node: Object) -> dict[str, str]:
    """The labels of a node, with the hostname that the kubelet adds."""
    name: str = node["metadata"]["name"]
    return {HOSTNAME: name, **(node["metadata"].get("labels") or {})}


def untolerated(node: Object, tolerations: list[Object]) -> list[Object]:
    """The taints that keep a pod off a node, without those of its state, which are temporary."""
    return [
        taint
        for taint in (node.get("spec") or {}).get("taints") or []
        if taint["effect"] != "PreferNoSchedule"
        and taint["key"].removeprefix(OF_STATE) not in STATES
        and not any(tolerates(toleration, taint) for toleration in tolerations)
    ]


def taint_text(taint: Object) -> str:
    """A taint as kubectl writes it: key=value:effect."""
    return f"{taint['key']}={taint.get('value') or ''}:{taint['effect']}"


def states(node: Object) -> list[str]:
    """Why a node accepts no new pods at the moment, as names in STATES, from its status and the taints of its state."""
    spec, status = node.get("spec") or {}, node.get("status") or {}
    names = ["unschedulable"] if spec.get("unschedulable") else []
    for condition in status.get("conditions") or []:
        if condition.get("type") == "Ready" and condition.get("status") in ("False", "Unknown"):
            names.append("not-ready")
        elif condition.get("type") in CONDITIONS and condition.get("status") == "True":
            names.append(CONDITIONS[condition["type"]])
    for taint in spec.get("taints") or []:
        if taint["key"].startswith(OF_STATE) and taint["effect"] != "PreferNoSchedule":
            names.append(taint["key"].removeprefix(OF_STATE))
    return list(dict.fromkeys(name for name in names if name in STATES))


def tolerates(toleration: Object, taint: Object) -> bool:
    """Whether a toleration matches a taint, by Kubernetes' rules: an empty effect or key (with Exists) matches all."""
    if toleration.get("effect") and toleration["effect"] != taint["effect"]:
        return False
    if toleration.get("operator") == "Exists":
        return not toleration.get("key") or toleration["key"] == taint["key"]
    same = (toleration.get("value") or "") == (taint.get("value") or "")
    return bool(toleration.get("key") == taint["key"] and same)


def selected(pod: Pod, nodes: Iterable[Object]) -> list[Object]:
    """The nodes whose labels match the pod's node selector and its required node affinity."""
    selector = pod.spec.get("nodeSelector") or {}
    return [node for node in nodes if selector.items() <= labels(node).items() and _affine(pod, node)]


def _affine(pod: Pod, node: Object) -> bool:
    affinity = ((pod.spec.get("affinity") or {}).get("nodeAffinity") or {}).get(
        "requiredDuringSchedulingIgnoredDuringExecution"
    ) or {}
    terms = affinity.get("nodeSelectorTerms") or []
    return not terms or any(_meets(term, node) for term in terms)


def _meets(term: Object, node: Object) -> bool:
    """Whether a node meets all expressions of a term; no node meets an empty term."""
    by_label, by_field = term.get("matchExpressions") or [], term.get("matchFields") or []
    node_labels, fields = labels(node), {"metadata.name": node["metadata"]["name"]}
    return bool(by_label or by_field) and all(
        [
            *(_matches(expression, node_labels) for expression in by_label),
            *(_matches(expression, fields) for expression in by_field),
        ]
    )


def _matches(expression: Object, values_by_key: dict[str, str]) -> bool:
    value, values = values_by_key.get(expression.get("key", "")), expression.get("values") or []
    match expression.get("operator"):
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case "Gt" | "Lt":
            return _compares(expression["operator"], value, values)
        case _:
            return False  # the rule kubernetes/field-value reports it


def _compares(operator: str, value: str | None, values: list[str]) -> bool:
    """Whether a label is greater or less as a whole number; a label that is not a number matches nothing."""
    try:
        number, bound = int(value or ""), int(values[0])
    except (ValueError, IndexError):
        return False
    return number > bound if operator == "Gt" else number < bound


def requests(spec: Object) -> Amounts:
    """The amounts that the scheduler reserves for a pod: the sum of its containers and of the init containers that keep
    running (restartPolicy: Always); or, if that is more, another init container and those before it that keep running.
    The overhead of a runtime class is added.

    A limit without a request counts as the request; see kubernetes.io, "Resource Management for Pods and Containers"
    and "Sidecar Containers".
    """
    lasting: Amounts = {}
    peak: Amounts = {}
    for container in spec.get("initContainers") or []:
        needed = _sum(lasting, dict(_of(container)))
        peak = {name: max(needed.get(name, NONE), peak.get(name, NONE)) for name in {**needed, **peak}}
        lasting = needed if container.get("restartPolicy") == "Always" else lasting
    for container in spec.get("containers") or []:
        lasting = _sum(lasting, dict(_of(container)))
    most = {name: max(lasting.get(name, NONE), peak.get(name, NONE)) for name in {**lasting, **peak}}
    return _sum(most, dict(_amounts(spec.get("overhead") or {})))


def needs(spec: Object) -> Amounts:
    """The amounts that a pod uses up on its node: its requests, and one of the pods that the node may have."""
    return {**requests(spec), "pods": Decimal(1)}


def _sum(one: Amounts, other: Amounts) -> Amounts:
    return {name: one.get(name, NONE) + other.get(name, NONE) for name in {**one, **other}}


def _of(container: Object) -> Iterator[tuple[str, Decimal]]:
    resources = container.get("resources") or {}
    return _amounts({**(resources.get("limits") or {}), **(resources.get("requests") or {})})


def _amounts(written: Object) -> Iterator[tuple[str, Decimal]]:
    for name, amount in written.items():
        try:
            yield name, quantity(amount)
        except ValueError:
            continue  # the rule kubernetes/quantity reports it


def allocatable(node: Object) -> Amounts:
    """The amounts that a node has for pods; {} if its status does not say."""
    status = node.get("status") or {}
    amounts = status.get("allocatable") or status.get("capacity") or {}
    return {name: quantity(amount) for name, amount in amounts.items()}


def is_resource(name: str) -> bool:
    """Whether a container may request a resource of that name: Kubernetes' own, or one of a device plugin."""
    return name in NATIVE or name.startswith("hugepages-") or "/" in name


def unknown(has: Amounts, resource: str) -> bool:
    """Whether a node may have a resource that is not among its amounts, because they are incomplete."""
    return not has or (resource in NATIVE and resource not in has)


def human(name: str, amount: Decimal) -> str:
    """An amount in readable form: 24Gi of memory, 2.5 cpu."""
    if name in ("memory", "ephemeral-storage"):
        unit = "Gi" if amount >= SUFFIXES["Gi"] else "Mi"
        return f"{amount / SUFFIXES[unit]:.3g}{unit}"
    return f"{amount.normalize():f}"
