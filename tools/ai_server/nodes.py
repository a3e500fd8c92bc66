"""Where pods can go: the scheduler's own rules on labels and taints, and how much of a node is left."""

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from ai_server.errors import UserError
from ai_server.manifests import Object, Pod

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
NOT_READY = ("False", "Unknown")
"""A node's Ready condition when it takes no pods."""
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
    """The taints that keep a pod off a node, as key=value:effect."""
    taints = [taint for taint in (node.get("spec") or {}).get("taints") or [] if taint["effect"] != "PreferNoSchedule"]
    return [
        f"{taint['key']}={taint.get('value', '')}:{taint['effect']}"
        for taint in taints
        if not any(tolerates(each, taint) for each in tolerations)
    ]


def tolerates(toleration: Object, taint: Object) -> bool:
    """Kubernetes' rule: an empty effect or key (with Exists) matches all."""
    if toleration.get("effect") and toleration["effect"] != taint["effect"]:
        return False
    if toleration.get("operator") == "Exists":
        return not toleration.get("key") or toleration["key"] == taint["key"]
    return bool(toleration.get("key") == taint["key"] and toleration.get("value", "") == taint.get("value", ""))


def selected(pod: Pod, nodes: Iterable[Object]) -> list[Object]:
    """The nodes whose labels fit the pod's node selector and its required node affinity."""
    selector = pod.spec.get("nodeSelector") or {}
    return [node for node in nodes if selector.items() <= labels(node).items() and _affine(pod, labels(node))]


def _affine(pod: Pod, found: dict[str, str]) -> bool:
    affinity = ((pod.spec.get("affinity") or {}).get("nodeAffinity") or {}).get(
        "requiredDuringSchedulingIgnoredDuringExecution"
    ) or {}
    terms = affinity.get("nodeSelectorTerms") or []
    return not terms or any(all(_matches(each, found) for each in term.get("matchExpressions") or []) for term in terms)


def _matches(expression: Object, found: dict[str, str]) -> bool:
    value, values = found.get(expression["key"]), expression.get("values") or []
    match expression["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case "Gt":
            return value is not None and int(value) > int(values[0])
        case _:
            return value is not None and int(value) < int(values[0])


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
    """What a node has for pods."""
    status = node.get("status") or {}
    amounts = status.get("allocatable") or status.get("capacity") or {}
    try:
        return {name: quantity(amount) for name, amount in amounts.items()}
    except ValueError as error:
        raise UserError(
            f"node {node['metadata']['name']}: {error}", hint="Kubernetes writes 128Gi, 500m or 16"
        ) from None


def human(name: str, amount: Decimal) -> str:
    """An amount as people write it: 24 GiB of memory, 2.5 cpu."""
    if name in ("memory", "ephemeral-storage"):
        return f"{amount / SUFFIXES['Gi']:.3g}Gi"
    return f"{amount.normalize():f}"
