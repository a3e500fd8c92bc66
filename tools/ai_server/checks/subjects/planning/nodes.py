"""The plans of the nodes: each node's pools, and what the system, other pods and the programs take of them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cached_property

from ai_server.checks.core.views import ClusterView, computed_once
from ai_server.checks.subjects.copies import replicas
from ai_server.checks.subjects.placement import Placed, Placement, placement
from ai_server.checks.subjects.planning.loads import BACKENDS, Load, loads_of
from ai_server.checks.subjects.planning.machines import gpu_count, machine_of, resource_of
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.kube.manifests import Object
from ai_server.kube.nodes import NONE, labels, needs
from ai_server.memory.plan import NodePlan, Pool, Segment
from ai_server.memory.terms import Term

UNIFIED, HOST = "memory shared with the GPU", "memory"
RESERVE = "capacity less allocatable of the node, or what such a machine needs at least"
REQUESTS = "memory requests of pods"
PER_GPU = ("compute buffer", "GPU context", "GPU workspace of requests", "CUDA context", "CUDA graphs", "activations")
"""The terms that each GPU has completely, when several share a model."""


class NodeLoads:
    """A node, and what the release keeps in its memory. shared: whether its programs share a card by time-slicing."""

    def __init__(
        self,
        view: ClusterView,
        node: Object,
        placed: Sequence[Placed],
        servers: Sequence[ProgramContainer],
        others: int,
    ) -> None:
        self.servers, self.others = servers, others
        self.shared = any(label.endswith("gpu.replicas") and value != "1" for label, value in labels(node).items())
        self.machine = machine_of(node, self.servers)
        # what vLLM's share is of
        self.size = self.machine.memory if self.machine.unified else max(self.machine.cards, default=0)
        known = view.models.on(self.machine.node)
        self.loads = [load for server in self.servers for load in loads_of(server, known, self.size)]
        self.release = [pod for pod in placed if _is_plain(pod, self.servers) and _is_here(pod)]

    @cached_property
    def pools(self) -> tuple[Pool, ...]:
        """The pools of the node."""
        return self.pools_with(self.loads)

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of the models and programs that it keeps in memory."""
        return frozenset(load.name for load in self.loads)

    def pools_with(self, loads: Sequence[Load]) -> tuple[Pool, ...]:
        """The pools of the node, with these loads in place of its own."""
        machine = self.machine
        if machine.unified:
            return (
                Pool(UNIFIED, machine.memory, (*self._before(), *_in_turn(loads, _segments(loads, "device", "host")))),
            )
        host = [load if machine.cards else _on_host(load) for load in loads]
        cards = [
            Pool(_card(index, len(machine.cards)), size, tuple(_in_turn(loads, list(self._on_card(index, loads)))))
            for index, size in enumerate(machine.cards)
        ]
        return (Pool(HOST, machine.memory, (*self._before(), *_in_turn(loads, _segments(host, "host")))), *cards)

    def _before(self) -> Iterator[Segment]:
        """What is in the machine's memory next to the models."""
        yield Segment("system", "system", (Term("system", self.machine.reserve, "host", RESERVE),), "reserve")
        if self.others:
            yield Segment("other pods", "pods", (Term("other pods", self.others, "host", REQUESTS),), "request")
        for pod in self.release:
            amount = int(needs(pod.pod.spec).get("memory", NONE)) * (1 if pod.every else replicas(pod.pod))
            name = str(pod.subject.key[0]) if pod.subject.key else pod.pod.name
            yield Segment(name, "pods", (Term("memory request", amount, "host", REQUESTS),), "request")

    def _on_card(self, index: int, loads: Sequence[Load]) -> Iterator[Segment]:
        for load in loads:
            cards = self.cards_of(load.server)
            if index in cards:
                segment = load.segment("device")
                # vLLM's terms are those of one GPU already
                parts = 1 if load.kind == "vllm" else len(cards)
                terms = tuple(_share(term, parts) for term in segment.terms)
                if load.model and load.model.adapts:
                    # what is not on the card is in the machine's memory; where both are one, all of it is certain
                    terms = tuple(replace(term, least=0) for term in terms)
                if terms:
                    yield replace(segment, terms=terms)

    def cards_of(self, server: ProgramContainer) -> range:
        """The cards that a program uses: those of its own that the device plugin gives it, or the first ones."""
        start = 0
        for other in self.servers:
            alone = not self.shared and any("/" in name for name in other.resources.get("limits", {}))
            if other is server:
                return range(start if alone else 0, (start if alone else 0) + gpu_count(server))
            if alone and resource_of(other) == resource_of(server):
                start += gpu_count(other)
        return range(0)


def node_loads(view: ClusterView) -> list[NodeLoads]:
    """The nodes on which the release keeps models in memory."""
    return [loads for loads in _all(view) if loads.loads]


@computed_once
def _all(view: ClusterView) -> list[NodeLoads]:
    by_node: defaultdict[str, list[Placed]] = defaultdict(list)
    servers: defaultdict[str, list[ProgramContainer]] = defaultdict(list)
    layout = placement(view)
    others = _requested(layout)
    for server in programs(view, *BACKENDS):
        servers[server.pod.identity].append(server)
    for placed in layout.placed:
        for node in placed.meant:
            by_node[node["metadata"]["name"]].append(placed)
    return [
        NodeLoads(view, node, pods, [server for pod in pods for server in servers[pod.subject.identity]], others[name])
        for node in layout.nodes
        if (pods := by_node.get(name := node["metadata"]["name"]))
    ]


def _is_here(pod: Placed) -> bool:
    return pod.every or len(pod.meant) == 1


def _is_plain(pod: Placed, servers: Sequence[ProgramContainer]) -> bool:
    """Whether a pod keeps no models in memory."""
    return all(server.pod.identity != pod.subject.identity for server in servers)


def _requested(layout: Placement) -> defaultdict[str, int]:
    """What the pods of others that run on each node request, in bytes."""
    amounts: defaultdict[str, Decimal] = defaultdict(Decimal)
    for pod in layout.others:
        amounts[pod["spec"].get("nodeName", "")] += needs(pod["spec"]).get("memory", NONE)
    return defaultdict(int, {node: int(amount) for node, amount in amounts.items()})


def _segments(loads: Sequence[Load], *wheres: str) -> list[Segment]:
    segments = [load.segment(*wheres) for load in loads]
    return [segment for segment in segments if segment.terms]


def _in_turn(loads: Sequence[Load], segments: list[Segment]) -> list[Segment]:
    """The segments of a pool, of which only the largest that may be in memory together are loaded: which models of a
    llama-server these are differs from one memory to the other.
    """
    of_name = {load.name: load for load in loads if load.kind == "llama-server"}
    left = {id(load.server): load.most for load in of_name.values()}
    result = []
    for segment in sorted(segments, key=lambda segment: -segment.bytes):
        load = of_name.get(segment.name) if segment.kind == "llama-server" else None
        if load:
            left[id(load.server)] -= 1
        result.append(replace(segment, loaded=left[id(load.server)] >= 0) if load else segment)
    return result


def _on_host(load: Load) -> Load:
    """A load of a machine without a GPU."""
    return replace(load, terms=tuple(replace(term, where="host") for term in load.terms))


def _card(index: int, count: int) -> str:
    return "GPU" if count == 1 else f"GPU {index}"


def _share(term: Term, cards: int) -> Term:
    """The part of a term on each of several cards, over which llama.cpp splits the layers."""
    if cards <= 1 or term.name in PER_GPU:
        return term
    least = None if term.least is None else -(-term.least // cards)
    return replace(term, bytes=-(-term.bytes // cards), least=least)


def plans(view: ClusterView) -> list[NodePlan]:
    """The plan of each node on which the release keeps models in memory."""
    from ai_server.checks.subjects.planning.notes import notes
    from ai_server.checks.subjects.planning.ways import moves, ways

    nodes = node_loads(view)
    elsewhere = dict(moves(nodes))
    plans = []
    for node in nodes:
        name = node.machine.node
        fixes = (*ways(node), *([elsewhere[name]] if name in elsewhere else []))
        plans.append(NodePlan(name, node.machine.board, node.pools, fixes, tuple(notes(node))))
    return plans
