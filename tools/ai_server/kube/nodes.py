"""Where pods can go: the scheduler's own rules on labels and taints, and how much of a node is left."""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from ai_server.kube.manifests import Object, Pod

Amounts = dict[str, Decimal]
"""Cores, bytes or devices by the resource's name."""
NONE = Decimal(0)
SUFFIXES = {
    "m": Decimal("0.001"),
    "": Decimal(1),
    "k": Decimal(10) ** 3,
    "M": Decimal(10) ** 6,
    "G": Decimal(10) ** 9,
}
SUFFIXES |= {"T": Decimal(10) ** 12, "Ki": Decimal(2) ** 10, "Mi": Decimal(2) ** 20, "Gi": Decimal(2) ** 30}
SUFFIXES |= {"Ti": Decimal(2) ** 40, "Pi": Decimal(2) ** 50, "Ei": Decimal(2) ** 60}
SUFFIXES |= {"P": Decimal(10) ** 15, "E": Decimal(10) ** 18, "n": Decimal(10) ** -9, "u": Decimal(10) ** -6}
QUANTITY = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(?:([KMGTPE]i|[numkMGTPE])|([eE][+-]?[0-9]+))?")
"""apimachinery, resource.ParseQuantity."""
NATIVE = ("cpu", "memory", "ephemeral-storage", "pods")
"""What every node has some of; where its status does not say how much, it is unknown and not nothing."""
STATES = {
    "unschedulable": "cordoned",
    "not-ready": "not ready",
    "unreachable": "not ready",
    "network-unavailable": "not ready",
    "memory-pressure": "short of memory",
    "disk-pressure": "short of disk",
    "pid-pressure": "short of process ids",
}
"""Taints node.kubernetes.io/... that Kubernetes itself puts on a node and takes off again, and what they mean:
kubernetes.io, "Taints and Tolerations", taint nodes by condition. A DaemonSet's pods tolerate them by themselves.
"""
CONDITIONS = {"MemoryPressure": "memory-pressure", "DiskPressure": "disk-pressure", "PIDPressure": "pid-pressure"}
OF_STATE = "node.kubernetes.io/"
ARCH = "kubernetes.io/arch"
HOSTNAME = "kubernetes.io/hostname"


def quantity(value: Any) -> Decimal:
    """A Kubernetes quantity (250m, 1.5, 24Gi) as a number of cores, bytes or devices; ValueError for anything else."""
    found = QUANTITY.fullmatch(str(value))
    if isinstance(value, bool) or not found:
        raise ValueError(f"{value} is no quantity")
    number, suffix, exponent = found.groups()
    return Decimal(number) * (Decimal(10) ** int(exponent[1:]) if exponent else SUFFIXES[suffix or ""])


def labels(node: Object) -> dict[str, str]:
    """A node's labels, with its hostname, which the kubelet adds."""
    name: str = node["metadata"]["name"]
    return {HOSTNAME: name, **(node["metadata"].get("labels") or {})}


def untolerated(node: Object, tolerations: list[Object]) -> list[str]:
    """The taints that keep a pod off a node, as key=value:effect; not those of its state, which go by themselves."""
    return [
        f"{taint['key']}={taint.get('value') or ''}:{taint['effect']}"
        for taint in (node.get("spec") or {}).get("taints") or []
        if taint["effect"] != "PreferNoSchedule"
        and taint["key"].removeprefix(OF_STATE) not in STATES
        and not any(tolerates(each, taint) for each in tolerations)
    ]


def states(node: Object) -> list[str]:
    """Why a node takes no new pods just now, by its status and by the taints of its state: names of STATES."""
    spec, status = node.get("spec") or {}, node.get("status") or {}
    found = ["unschedulable"] if spec.get("unschedulable") else []
    for each in status.get("conditions") or []:
        if each.get("type") == "Ready" and each.get("status") in ("False", "Unknown"):
            found.append("not-ready")
        elif each.get("type") in CONDITIONS and each.get("status") == "True":
            found.append(CONDITIONS[each["type"]])
    for taint in spec.get("taints") or []:
        if taint["key"].startswith(OF_STATE) and taint["effect"] != "PreferNoSchedule":
            found.append(taint["key"].removeprefix(OF_STATE))
    return list(dict.fromkeys(name for name in found if name in STATES))


def tolerates(toleration: Object, taint: Object) -> bool:
    """Kubernetes' rule: an empty effect or key (with Exists) matches all."""
    if toleration.get("effect") and toleration["effect"] != taint["effect"]:
        return False
    if toleration.get("operator") == "Exists":
        return not toleration.get("key") or toleration["key"] == taint["key"]
    same = (toleration.get("value") or "") == (taint.get("value") or "")
    return bool(toleration.get("key") == taint["key"] and same)


def selected(pod: Pod, nodes: Iterable[Object]) -> list[Object]:
    """The nodes whose labels fit the pod's node selector and its required node affinity."""
    selector = pod.spec.get("nodeSelector") or {}
    return [node for node in nodes if selector.items() <= labels(node).items() and _affine(pod, node)]


def _affine(pod: Pod, node: Object) -> bool:
    affinity = ((pod.spec.get("affinity") or {}).get("nodeAffinity") or {}).get(
        "requiredDuringSchedulingIgnoredDuringExecution"
    ) or {}
    terms = affinity.get("nodeSelectorTerms") or []
    return not terms or any(_meets(term, node) for term in terms)


def _meets(term: Object, node: Object) -> bool:
    """Whether a node meets all of a term; an empty term is met by none."""
    by_label, by_field = term.get("matchExpressions") or [], term.get("matchFields") or []
    found, fields = labels(node), {"metadata.name": node["metadata"]["name"]}
    return bool(by_label or by_field) and all(
        [*(_matches(each, found) for each in by_label), *(_matches(each, fields) for each in by_field)]
    )


def _matches(expression: Object, found: dict[str, str]) -> bool:
    value, values = found.get(expression.get("key", "")), expression.get("values") or []
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
            return False  # the rule kubernetes/field-value says so


def _compares(operator: str, value: str | None, values: list[str]) -> bool:
    """Greater or less as whole numbers; a label that is none matches nothing."""
    try:
        number, bound = int(value or ""), int(values[0])
    except (ValueError, IndexError):
        return False
    return number > bound if operator == "Gt" else number < bound


def requests(spec: Object) -> Amounts:
    """What the scheduler reserves for a pod: its containers and those of its init containers that stay (restartPolicy:
    Always), or what one of the others needs beside those that stay before it, if that is more.

    A limit without a request counts as the request; kubernetes.io, "Resource Management for Pods and Containers" and
    "Sidecar Containers".
    """
    lasting: Amounts = {}
    peak: Amounts = {}
    for container in spec.get("initContainers") or []:
        needed = _sum(lasting, dict(_of(container)))
        peak = {name: max(needed.get(name, NONE), peak.get(name, NONE)) for name in {**needed, **peak}}
        lasting = needed if container.get("restartPolicy") == "Always" else lasting
    for container in spec.get("containers") or []:
        lasting = _sum(lasting, dict(_of(container)))
    return {name: max(lasting.get(name, NONE), peak.get(name, NONE)) for name in {**lasting, **peak}}


def needs(spec: Object) -> Amounts:
    """What a pod takes from its node: what is reserved for it, and one of the pods that the node may hold."""
    return {**requests(spec), "pods": Decimal(1)}


def _sum(one: Amounts, other: Amounts) -> Amounts:
    return {name: one.get(name, NONE) + other.get(name, NONE) for name in {**one, **other}}


def _of(container: Object) -> Iterator[tuple[str, Decimal]]:
    resources = container.get("resources") or {}
    merged = {**(resources.get("limits") or {}), **(resources.get("requests") or {})}
    for name, amount in merged.items():
        try:
            yield name, quantity(amount)
        except ValueError:
            continue  # the rule kubernetes/quantity says so


def allocatable(node: Object) -> Amounts:
    """What a node has for pods; {} where its status does not say."""
    status = node.get("status") or {}
    amounts = status.get("allocatable") or status.get("capacity") or {}
    return {name: quantity(amount) for name, amount in amounts.items()}


def is_resource(name: str) -> bool:
    """Whether a container may ask for a resource of that name: Kubernetes' own, or one of a device plugin."""
    return name in NATIVE or name.startswith("hugepages-") or "/" in name


def unknown(has: Amounts, resource: str) -> bool:
    """Whether a node with these amounts may have a resource all the same: nothing is said of it, or of anything."""
    return not has or (resource in NATIVE and resource not in has)


def human(name: str, amount: Decimal) -> str:
    """An amount as people write it: 24 GiB of memory, 2.5 cpu."""
    if name in ("memory", "ephemeral-storage"):
        unit = "Gi" if amount >= SUFFIXES["Gi"] else "Mi"
        return f"{amount / SUFFIXES[unit]:.3g}{unit}"
    return f"{amount.normalize():f}"
