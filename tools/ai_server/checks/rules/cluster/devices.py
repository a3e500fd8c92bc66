"""Devices that pods claim: their classes, and the nodes that have them."""

from collections.abc import Iterator
from dataclasses import replace

from ai_server.checks import facts
from ai_server.checks.core.model import Violation, not_checked
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import ClusterView
from ai_server.checks.subjects.classes import missing_class, unlisted
from ai_server.checks.subjects.devices import Request, claimed, offered
from ai_server.checks.subjects.nodes import accelerator
from ai_server.kube.manifests import Object
from ai_server.kube.nodes import allocatable
from ai_server.reading.wording import plural

ABOUT = frozenset({"node", "selector", "gpuAccess", "gpuDeviceClass", "gpuCount"})


@rule("cluster/no-such-device-class")
def classes(view: ClusterView) -> Iterator[Violation]:
    """Looks for the class of each claim, in the cluster and in the release."""
    requests = list(claimed(view))
    if requests and not view.facts.knows("DeviceClass"):
        yield unlisted(view.facts, "DeviceClass")
        return
    for request in requests:
        name = request.device_class
        if name and not _exists(view, name):
            keys = request.claim.written(*request.field("deviceClassName"))
            violation = missing_class(view.facts, keys, request.claim.identity, name, "DeviceClass")
            yield replace(violation, fix=_instead(view, request) or violation.fix, about=ABOUT)


def _instead(view: ClusterView, request: Request) -> str:
    """The class that the request's node has instead, or the driver that brings a known one; "" for a class of one's
    own.
    """
    drivers, key = facts.table("dra_drivers"), request.placed.subject.key
    if request.device_class not in drivers:
        return ""
    names = [node["metadata"]["name"] for node in request.placed.meant]
    has = [name for name in view.facts.names("DeviceClass") if any(map((offered(view.facts, name) or {}).get, names))]
    if has and accelerator(view, key) == "vulkan":
        return f"set gpuDeviceClass: {has[0]} (the class of node {names[0]})"
    if other := next((name for name in has if name in drivers), ""):
        return f"the GPU of node {names[0]} is {other}: move the entry to {_entry(other)}"
    return f"install {drivers[request.device_class]}"


def _entry(device_class: str) -> str:
    """Where the entry of a node with the devices of a class belongs."""
    rows = facts.table("device_plugins").values()
    return str(next(row["entry"] for row in rows if row["class"] == device_class))


@rule("cluster/no-device")
def devices(view: ClusterView) -> Iterator[Violation]:
    """Compares the claims with the devices of each node; several claims of a node add up."""
    requests = [request for request in claimed(view) if _known(view, request)]
    if requests and not view.facts.knows("ResourceSlice"):
        yield unlisted(view.facts, "ResourceSlice")
        return
    left: dict[tuple[str, str], int] = {}
    for request in requests:
        offers = offered(view.facts, request.device_class)
        if offers is None:
            yield not_checked(f"the devices of {request.device_class}: unclear which ones a node has")
            continue
        lacking = []
        # a pod with a choice of nodes goes where the devices are
        for node in request.placed.meant if request.placed.every or len(request.placed.meant) == 1 else []:
            name = node["metadata"]["name"]
            free = left.setdefault((name, request.device_class), offers.get(name, 0))
            if free < request.count:
                lacking.append(node)
            left[name, request.device_class] = free - request.count
        if lacking:
            yield _too_few(request, lacking, offers.get(lacking[0]["metadata"]["name"], 0))


@rule("cluster/plugin-and-driver")
def two_owners(view: ClusterView) -> Iterator[Violation]:
    """Looks for nodes with claims whose GPUs a device plugin offers as well."""
    rows = facts.table("device_plugins").items()
    for request in claimed(view):
        claimable = [
            node
            for node in request.placed.meant
            if node["metadata"]["name"] in (offered(view.facts, request.device_class) or ())
        ]
        for resource in (resource for resource, row in rows if row["class"] == request.device_class):
            for node in [node for node in claimable if allocatable(node).get(resource)][:1]:
                name, subject = node["metadata"]["name"], request.placed.subject
                message = f"claims a GPU of node {name}, whose device plugin offers it as {resource}"
                owner = subject.key if view.given(*subject.key, "gpuAccess") else subject.component
                yield Violation((*owner, "gpuAccess"), message, at=subject.identity)


def _too_few(request: Request, nodes: list[Object], has: int) -> Violation:
    name, device_class = nodes[0]["metadata"]["name"], request.device_class
    others = f" (and on {plural(len(nodes) - 1, 'more node')})" if len(nodes) > 1 else ""
    wanted = f"{request.placed.subject.identity} claims {plural(request.count, 'device')} of {device_class}"
    if not has:
        message = f"{wanted}, but node {name} offers none{others}"
        fix = "run the driver's pod on that node, tolerating its taints; the log of that pod lists what it found"
        return Violation(request.placed.subject.key, message, fix, about=ABOUT)
    if has < request.count:
        keys = request.claim.written(*request.field("count"))
        return Violation(keys, f"{wanted}, but node {name} offers {has}{others}", f"set gpuCount: {has}", about=ABOUT)
    message = f"{wanted}, but node {name} offers {has}{others}, which other entries claim"
    fix = "use another node, or one entry for all programs"
    return Violation(request.placed.subject.key, message, fix, about=ABOUT)


def _known(view: ClusterView, request: Request) -> bool:
    """Whether the request is for a fixed number of devices of a class that exists, as far as is known."""
    name = request.device_class
    return bool(name and request.count) and (not view.facts.knows("DeviceClass") or _exists(view, name))


def _exists(view: ClusterView, device_class: str) -> bool:
    return view.manifests.has("DeviceClass", device_class) or device_class in view.facts.names("DeviceClass")
