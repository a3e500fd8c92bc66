"""Free resources of nodes."""

from collections.abc import Iterator
from decimal import Decimal

from ai_server.checks import facts
from ai_server.checks.core.keypaths import dotted
from ai_server.checks.core.model import Severity, Violation, not_checked
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import ClusterView
from ai_server.checks.subjects.capacity import Short, shortages, unknown_amounts
from ai_server.checks.subjects.gpus import TWO_VLLM, two_vllm
from ai_server.checks.subjects.nodes import KINDS
from ai_server.checks.subjects.placement import placement
from ai_server.checks.subjects.pods import PodSubject
from ai_server.helm.render import chart_defaults
from ai_server.kube.nodes import HOSTNAME, needs, quantity
from ai_server.near import choice
from ai_server.reading.profiles import Keys
from ai_server.reading.wording import enumerated

ABOUT_ROOM = frozenset({"node", "selector", "replicas", "resources"})
ABOUT_GPUS = frozenset({"node", "selector", "gpuAccess", "gpuResource", "gpuCount"})


@rule("cluster/too-little")
def room(view: ClusterView) -> Iterator[Violation]:
    """Looks at memory, CPU and disk."""
    if not view.facts.knows("Pod"):
        yield not_checked("what other pods have reserved: the cluster file lists no Pods")
    for resource, names in unknown_amounts(view).items():
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        yield not_checked(f"how much {resource} is left on node {names[0]}{more}: not in its status.allocatable")
    for short in shortages(view):
        resources = sorted(
            (name for name in short.resources if "/" not in name), key=lambda name: (name != "memory", name)
        )
        if resources:
            pod = short.placed.subject
            keys = _largest(pod, resources[0])
            message = f"{pod.identity} {short.words(resources)}{_parts(pod, resources[0])}"
            severity: Severity | None = "warning" if short.in_upgrade else None
            yield Violation(keys, message, short.fix(resources), severity=severity, about=ABOUT_ROOM, at=pod.identity)


def _parts(pod: PodSubject, resource: str) -> str:
    """What each container requests, if that is a sum."""
    amounts = {
        container.name: container.resources["requests"][resource]
        for container in pod.containers
        if container.kind == "containers" and resource in container.resources.get("requests", {})
    }
    parts = enumerated([f"{name} {amount}" for name, amount in amounts.items()])
    return f"; the request is the sum of {parts}" if len(amounts) > 1 else ""


def _largest(pod: PodSubject, resource: str) -> Keys:
    """The largest request in the user's files, else the pod's own entry."""
    requested: dict[Keys, Decimal] = {}
    for container in pod.containers:
        keys = container.given("resources", "requests", resource)
        amount = container.resources.get("requests", {}).get(resource)
        if keys and amount is not None:
            requested[keys] = quantity(amount)
    return max(requested, key=lambda keys: requested[keys], default=pod.key)


@rule("cluster/no-gpu")
def devices(view: ClusterView) -> Iterator[Violation]:
    """Looks at GPUs and other devices."""
    for short in shortages(view):
        pod = short.placed.subject
        for resource in sorted(name for name in short.resources if "/" in name):
            message, fix = _taken(view, short, resource) or _words(short, resource)
            keys, message = _requested_at(pod, resource), f"{pod.identity} {message}"
            yield Violation(keys, message, fix, about=ABOUT_GPUS, at=pod.identity)


def _requested_at(pod: PodSubject, resource: str) -> Keys:
    """The key that requests a device: of one of the containers, else the pod's own entry."""
    kinds = [(container, kind) for container in pod.containers for kind in ("limits", "requests")]
    given = (
        container.given("resources", kind, resource)
        for container, kind in kinds
        if resource in container.resources.get(kind, {})
    )
    return next(filter(None, given), pod.key)


def _users(pod: PodSubject, resource: str) -> str:
    """The containers that request a device, if these are several."""
    names = [
        container.name
        for container in pod.containers
        if container.kind == "containers" and resource in container.resources.get("limits", {})
    ]
    return f"; requested by {enumerated(names)}" if len(names) > 1 else ""


def _taken(view: ClusterView, short: Short, resource: str) -> tuple[str, str] | None:
    """The entry of the release that already uses the node's devices, if the pod would have enough without it."""
    row, pod, name = facts.table("device_plugins").get(resource), short.placed.subject, short.node["metadata"]["name"]
    if not row or short.has.get(resource, 0) < short.needed[resource]:
        return None
    for other in placement(view).placed:
        bound = other.every or len(other.meant) == 1
        if (
            other.subject.key == pod.key
            or not bound
            or short.node not in other.meant
            or resource not in needs(other.pod.spec)
        ):
            continue
        labels = ", ".join(f"{label}={value}" for label, value in other.selector.items() if label != HOSTNAME)
        how = f"selects node {name} too ({labels})" if labels else f"is on node {name} too"
        message = f"requests {resource}, but {dotted(other.subject.key)} {how} and takes its GPU"
        if two_vllm(other.pod.spec, pod.spec):
            return message, TWO_VLLM
        label = f", or remove the label {labels} from the node" if other.every and labels else ""
        return message, f"set {row['without']}: both then share the GPU; or use another node{label}"
    return None


def _words(short: Short, resource: str) -> tuple[str, str]:
    has, name = short.has, short.node["metadata"]["name"]
    plugins, pod = facts.table("device_plugins"), short.placed.subject
    if resource in has and has[resource] > 0:
        users = _users(pod, resource)
        if users and resource in plugins:
            fix = f"set {plugins[resource]['without']}: its programs then share a GPU"
            return f"{short.words([resource])}{users}", fix
        return f"{short.words([resource])}{users}", short.fix([resource])
    if resource in has:
        message = f"requests {resource}, but node {name} has none{short.others}: its device plugin found no device"
        return message, "see the plugin's log on that node, or set gpuAccess to a value that needs no plugin"
    message = f"requests {resource}, but node {name} does not have it{short.others}"
    if near := choice(resource, (other for other in has if "/" in other)):
        return message, f"use {near}"
    if resource not in plugins:
        return message, "install the device plugin, or set gpuAccess to a value that needs none"
    if other := next((other for other in plugins if has.get(other)), ""):
        return f"{message}, only {other}", f"move the entry to {plugins[other]['entry']}"
    advice = f"install {plugins[resource]['plugin']}, or set {plugins[resource]['without']}"
    defaults = chart_defaults()[pod.component[0]] if pod.component[0] in KINDS else {}
    chosen = any(pod.view.given(*owner, "accelerator") for owner in (pod.key, pod.component))
    # a section whose pods tolerate no taint is for nodes of any vendor
    if defaults and not defaults["pod"].get("tolerations") and not chosen:
        advice = plugins[resource].get("unless_another", "") + advice
    return message, advice
