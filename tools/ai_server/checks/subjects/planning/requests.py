"""The memory requests that containers should have, by the plan: the scheduler then keeps other pods off a full node."""

from collections.abc import Iterator
from dataclasses import dataclass

from ai_server.checks.core.views import ClusterView, computed_once
from ai_server.checks.subjects.planning.loads import Load
from ai_server.checks.subjects.planning.nodes import NodeLoads, node_loads
from ai_server.checks.subjects.programs import ProgramContainer
from ai_server.kube.amounts import whole
from ai_server.memory.terms import GIB, MIB
from ai_server.reading.edit import Change
from ai_server.reading.profiles import Keys, dotted

SMALL = 2 * GIB
"""Smaller amounts are rounded to MiB."""


@dataclass(frozen=True)
class Request:
    """The memory request of a container: what it is, what the plan needs, in bytes, and the key that sets it.

    limit: its memory limit, 0 without one; sure: whether the files of all its models were read; unknown: whether the
    plan is only what it requests now.
    """

    server: ProgramContainer
    node: str
    now: int
    planned: int
    limit: int
    sure: bool
    unknown: bool
    keys: Keys

    @property
    def amount(self) -> str:
        """The planned amount as a quantity, rounded up."""
        if self.planned < SMALL:
            return f"{-(-self.planned // (64 * MIB)) * 64}Mi"
        return f"{-(-self.planned // GIB)}Gi"


@computed_once
def requests(view: ClusterView) -> list[Request]:
    """The request of each container that keeps models in memory, of the node where it needs most."""
    largest: dict[tuple[str, str], Request] = {}
    for node in node_loads(view):
        for server in node.servers:
            request = _request(node, server, [load for load in node.loads if load.server is server and load.loaded])
            at = (server.pod.identity, server.name)
            if at not in largest or largest[at].planned < request.planned:
                largest[at] = request
    return list(largest.values())


def proposed(view: ClusterView) -> Iterator[Change]:
    """The edits that give each container its planned request, if it has another one, and can have that."""
    for request in _other(view):
        if not _hindrance(request, without_room(view)):
            yield Change("set", request.keys, request.amount)


def unwritten(view: ClusterView) -> list[str]:
    """Why some containers do not get their planned request, as sentences."""
    hindrances = (_hindrance(request, without_room(view)) for request in _other(view))
    return list(dict.fromkeys(filter(None, hindrances)))


def _other(view: ClusterView) -> Iterator[Request]:
    """The requests that differ from the plan. A guess lowers none that somebody chose."""
    for request in requests(view):
        changes = request.planned and request.now != whole(request.amount) and not request.unknown
        if changes and (request.sure or request.now < request.planned):
            yield request


def _hindrance(request: Request, full: list[str]) -> str:
    """Why a container cannot have its planned request: a pod above the node's memory would never be placed, and the
    API server rejects a request above its limit. "" if it can.
    """
    if request.node in full:
        return f"node {request.node}: a pod with the planned requests would not fit"
    if request.limit and request.limit < whole(request.amount):
        return f"{dotted(request.keys)}: the limit is below the planned {request.amount}: raise resources.limits.memory"
    return ""


@computed_once
def without_room(view: ClusterView) -> list[str]:
    """The nodes whose memory may not hold all that is planned."""
    return [node.machine.node for node in node_loads(view) if node.pools[0].verdict not in ("fits", "tight")]


def _request(node: NodeLoads, server: ProgramContainer, loads: list[Load]) -> Request:
    """A container's request: all of its memory where processor and GPU share it, else what is in the machine's."""
    wheres = ("device", "host") if node.machine.unified or not node.machine.cards else ("host",)
    segments = [load.segment(*wheres) for load in loads]
    now = server.resources.get("requests", {}).get("memory")
    return Request(
        server,
        node.machine.node,
        whole(now),
        sum(segment.bytes for segment in segments),
        whole(server.resources.get("limits", {}).get("memory")),
        bool(loads) and all(load.known == "file" for load in loads),
        any(load.known in ("request", "nothing") for load in loads),
        _key(server),
    )


def _key(server: ProgramContainer) -> Keys:
    """The key of the request in the node's own entry: each node has its own models."""
    section = (server.origin.program,) if server.origin.program else ()
    return (*server.key, *section, "resources", "requests", "memory")
