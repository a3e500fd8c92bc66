"""Nodes whose memory the plan exceeds, or fills nearly."""

from collections.abc import Iterator, Sequence

from ai_server.checks.core.model import Severity, Violation, not_checked
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import ClusterView
from ai_server.checks.subjects.planning.loads import Load, most_loaded
from ai_server.checks.subjects.planning.nodes import HOST, UNIFIED, NodeLoads, node_loads
from ai_server.checks.subjects.planning.ways import ways
from ai_server.memory.plan import Pool, Segment, Verdict
from ai_server.memory.terms import GIB
from ai_server.reading.profiles import Keys
from ai_server.reading.wording import enumerated

SMALLER = "use a smaller quantisation, or a model with fewer weights"


@rule("programs/over-memory")
def does_not_fit(view: ClusterView) -> Iterator[Violation]:
    """Compares what is in memory together at least with each memory of a node.

    The rule programs/vllm-over-card looks at a vLLM on a card whose model only its name tells.
    """
    for node, pool in _pools(view, "does not fit"):
        largest = _in(node, pool)[0]
        on_card = pool.name not in (HOST, UNIFIED)
        if on_card and largest.kind == "vllm" and largest.known == "name":
            continue
        # a driver of AMD may move what is too much to the machine's memory
        moves = on_card and largest.server.accelerator in ("rocm", "vulkan")
        yield _violation(node, pool, severity="warning" if moves or _swaps(node, pool) else None)
    unknown = [node.machine.node for node in node_loads(view) if not all(node.machine.cards)]
    if unknown:
        yield not_checked(
            f"whether models fit on the GPUs of {enumerated(unknown)}: no label states how large these are"
        )


@rule("programs/little-memory-left")
def tight(view: ClusterView) -> Iterator[Violation]:
    """Looks for memories with little room left, if the files tell the sizes of the models."""
    for node, pool in _pools(view, "tight"):
        if all(load.known == "file" for load in _in(node, pool)):
            yield _violation(node, pool)


def _pools(view: ClusterView, verdict: Verdict) -> Iterator[tuple[NodeLoads, Pool]]:
    for node in view.look_at(node_loads(view)):
        for pool in node.pools:
            if pool.verdict == verdict and _in(node, pool):
                yield node, pool


def _in(node: NodeLoads, pool: Pool) -> list[Load]:
    """The loads with a part in a pool, the largest first."""
    sizes = {segment.name: segment.certain for segment in pool.loaded}
    loads = [load for load in node.loads if load.loaded and load.name in sizes]
    return sorted(loads, key=lambda load: -sizes[load.name])


def _swaps(node: NodeLoads, pool: Pool) -> bool:
    """Whether each program has room with its largest model, so that only several models of a llama-server at once are
    too much: it loads them on demand. Programs next to each other are always in memory together.
    """
    rest = sum(segment.certain for segment in pool.loaded if segment.kind in ("system", "pods"))
    sizes = {segment.name: segment.certain for segment in pool.loaded}
    largest: dict[int, int] = {}
    for load in _in(node, pool):
        largest[id(load.server)] = max(largest.get(id(load.server), 0), sizes[load.name])
    return rest + sum(largest.values()) <= pool.size


def _violation(node: NodeLoads, pool: Pool, severity: Severity | None = None) -> Violation:
    loads = _in(node, pool)
    short = pool.certain > pool.size
    used = pool.certain if short else pool.used
    names = enumerated([_sized(segment, certain=short) for segment in _largest_first(pool.loaded)])
    by_name = short and any(load.known == "name" for load in loads)
    need = f"at least {used / GIB:.1f} GiB, by the names of their files" if by_name else f"{used / GIB:.1f} GiB"
    room = f"{(used - pool.size) / GIB:.1f} GiB short" if short else f"{pool.free / GIB:.1f} GiB stay free"
    name = node.machine.node
    of_node = f"node {name}" if node.machine.unified or pool.name == HOST else f"the {pool.name} of node {name}"
    message = f"{names} take {need}, but {of_node} has {pool.size / GIB:.1f} GiB: {room}"
    return Violation(_key(node, pool, loads), message, next(iter(ways(node)), SMALLER), severity=severity)


def _largest_first(segments: Sequence[Segment]) -> list[Segment]:
    return sorted((segment for segment in segments if segment.bytes), key=lambda segment: -segment.bytes)


def _sized(segment: Segment, *, certain: bool) -> str:
    return f"{segment.name} ({(segment.certain if certain else segment.bytes) / GIB:.1f})"


def _key(node: NodeLoads, pool: Pool, loads: Sequence[Load]) -> Keys:
    """The key that helps: modelsMax if several models are too much together, else the file of the largest."""
    largest = loads[0]
    models = [load for load in node.loads if load.server is largest.server]
    if _swaps(node, pool) and most_loaded(largest.server, len(models)) > 1:
        return largest.server.setting("modelsMax")
    if largest.model:
        return largest.model.preset.read("model")[1]
    return largest.server.setting("model") if largest.kind == "vllm" else largest.server.setting()
