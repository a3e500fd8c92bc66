"""How to make the programs of a node fit into its memory, with numbers."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from ai_server.checks.subjects.planning.loads import Load, most_loaded, together, vllm_terms
from ai_server.checks.subjects.planning.nodes import NodeLoads
from ai_server.checks.subjects.programs import ProgramContainer
from ai_server.memory import vllm_kv
from ai_server.memory.plan import Pool, margin
from ai_server.memory.settings import LlamaSettings
from ai_server.memory.terms import GIB
from ai_server.reading.profiles import dotted

CONTEXTS = tuple(sorted(size for power in range(12, 21) for size in (2**power, 3 * 2 ** (power - 1))))
"""Contexts of a slot that people set, in tokens: 4096, 6144, 8192, ... A smaller one holds no chat with a document."""
NOTHING_HELPS = "use a smaller quantisation or model: no single setting makes this fit"
Q8 = "cacheTypeK and cacheTypeV: q8_0"
WORTH = GIB // 4
"""A way that saves less is not worth a sentence."""


@dataclass(frozen=True)
class Way:
    """Something to change, as a sentence, and the pools that a node has then."""

    change: str
    pools: tuple[Pool, ...]

    @property
    def sentence(self) -> str:
        """The change, with what stays free then in the fullest pool, or how much is short."""
        fullest = min((pool for pool in self.pools if pool.size), key=lambda pool: pool.free)
        free = fullest.free / GIB
        return f"{self.change}: {free:.1f} GiB stay free" if free >= 0 else f"{self.change}: {-free:.1f} GiB short"


def ways(node: NodeLoads) -> list[str]:
    """What would make room, as sentences with numbers; [] for a node with room. What is not enough alone is only
    proposed if nothing is.
    """
    if excess(node.pools) <= 0:
        return []
    found = [*_fewer_models(node), *(way for load in node.loads for way in _of_load(node, load))]
    enough = [way for way in found if excess(way.pools) <= 0]
    if enough or not any(pool.verdict == "does not fit" for pool in node.pools):
        return [way.sentence for way in enough or sorted(found, key=lambda way: excess(way.pools))]
    alone = [f"not enough alone: {way.sentence}" for way in sorted(found, key=lambda way: excess(way.pools))]
    return [NOTHING_HELPS, *alone]


def _of_load(node: NodeLoads, load: Load) -> Iterator[Way]:
    if load.loaded and load.model and load.model.model.facts:
        yield from _smaller_context(node, load)
        yield from _quantised_cache(node, load)
    elif load.folder and load.settings:
        yield from _smaller_pool(node, load)


def excess(pools: Sequence[Pool]) -> int:
    """The bytes that the fullest pool has too much, to fit with its margin; negative for room."""
    known = [pool for pool in pools if pool.size]
    return max((pool.used - (pool.size - margin(pool.size)) for pool in known), default=0)


def _pools(
    node: NodeLoads, server: ProgramContainer, models: Iterable[Load], most: int | None = None
) -> tuple[Pool, ...]:
    """The pools of a node if one of its llama-servers had other models, or another number of them in memory."""
    others = [load for load in node.loads if load.server is not server]
    return node.pools_with([*others, *together(server, list(models), most)])


def _with(node: NodeLoads, load: Load, settings: LlamaSettings) -> tuple[Pool, ...]:
    """The pools if a model had other settings."""
    assert load.model
    model = replace(load.model, settings=settings)
    return _pools(node, load.server, [*_next_to(node, load), replace(load, terms=model.terms(), model=model)])


def _without(node: NodeLoads, load: Load) -> tuple[Pool, ...]:
    """The pools without a model, whose place another one may take."""
    return _pools(node, load.server, _next_to(node, load))


def _next_to(node: NodeLoads, load: Load) -> list[Load]:
    """The other models of a model's server."""
    return [one for one in node.loads if one.server is load.server and one is not load]


def _fewer_models(node: NodeLoads) -> Iterator[Way]:
    """The largest number of models in memory with which the node has room."""
    for server in node.servers:
        models = [load for load in node.loads if load.server is server]
        most = most_loaded(server, len(models))
        for count in range(most - 1, 0, -1):
            pools = _pools(node, server, models, count)
            if excess(pools) <= 0 or (count == 1 and excess(pools) < excess(node.pools)):
                key = dotted(server.setting("modelsMax"))
                yield Way(f"set {key}: {count}, so that fewer models are in memory together", pools)
                break


def _smaller_context(node: NodeLoads, load: Load) -> Iterator[Way]:
    """The largest context of a model with which the node has room, with a KV cache of 8 bits if only that helps."""
    assert load.model
    assert load.model.model.facts
    chosen = load.model.settings
    now = chosen.ctx_size or load.model.model.facts.number("context_length", 0)
    if way := _largest_context(node, load, chosen, now):
        yield Way(f"set ctxSize: {way[0]} for {load.name} (now {now})", way[1])
    elif (smaller := _of_8_bits(chosen)) and (way := _largest_context(node, load, smaller, now)):
        yield Way(f"set {Q8} and ctxSize: {way[0]} for {load.name} (now {now})", way[1])


def _largest_context(
    node: NodeLoads, load: Load, settings: LlamaSettings, now: int
) -> tuple[int, tuple[Pool, ...]] | None:
    """The largest usual context below the present one with which the node has room, and its pools then."""
    sizes = [size * settings.parallel for size in CONTEXTS if size * settings.parallel < now]

    def pools(size: int) -> tuple[Pool, ...]:
        return _with(node, load, replace(settings, ctx_size=size))

    found = bisect_left(sizes, True, key=lambda size: excess(pools(size)) > 0)
    return (sizes[found - 1], pools(sizes[found - 1])) if found else None


def _of_8_bits(settings: LlamaSettings) -> LlamaSettings | None:
    """The settings with a KV cache of 8 bits; None if it is one already, or cannot be one."""
    if not settings.flash_attn or {settings.cache_type_k, settings.cache_type_v} - {"f16", "bf16", "f32"}:
        return None
    return replace(settings, cache_type_k="q8_0", cache_type_v="q8_0")


def _quantised_cache(node: NodeLoads, load: Load) -> Iterator[Way]:
    """A KV cache of 8 bits."""
    assert load.model
    if smaller := _of_8_bits(load.model.settings):
        pools = _with(node, load, smaller)
        saved = excess(node.pools) - excess(pools)
        if saved >= WORTH:
            yield Way(f"set {Q8} for {load.name}, which saves {saved / GIB:.1f} GiB", pools)


def _smaller_pool(node: NodeLoads, load: Load) -> Iterator[Way]:
    """A smaller KV cache of vLLM, which still holds a request of the longest context."""
    assert load.folder
    assert load.settings
    chosen, short, pool = load.settings, excess(node.pools), node.size
    least = vllm_kv.least_kv_bytes(load.folder.facts, chosen, pool) if load.folder.facts else 0
    smaller = (chosen.kv_cache_bytes - short) // GIB * GIB
    if not chosen.kv_cache_bytes or smaller < max(least, GIB):
        return
    terms = vllm_terms(load.folder, replace(chosen, kv_cache_bytes=smaller), pool)
    pools = node.pools_with([replace(one, terms=terms) if one is load else one for one in node.loads])
    yield Way(f"set kvCacheMemory: {smaller // GIB}Gi for {load.name}", pools)


def moves(nodes: Sequence[NodeLoads]) -> Iterator[tuple[str, str]]:
    """For each node without room, a model that another node has room for: the node, and the sentence."""
    over = {node.machine.node: excess(node.pools) for node in nodes}
    roomiest = sorted((node for node in nodes if node.machine.unified), key=lambda node: over[node.machine.node])

    @cache
    def best(name: str) -> NodeLoads | None:
        """The node with a shared memory and the most room, of those that do not serve a model yet."""
        return next((node for node in roomiest if name not in node.names), None)

    for node in nodes:
        serving = sorted(node.loads, key=lambda load: load.bytes) if over[node.machine.node] > 0 else []
        for load in serving:
            other = best(load.name) if load.loaded and load.model else None
            if other and over[other.machine.node] + load.bytes <= 0 and excess(_without(node, load)) <= 0:
                free = -over[other.machine.node] / GIB
                yield (
                    node.machine.node,
                    f"serve {load.name} on {other.machine.node} instead, which has {free:.1f} GiB of room",
                )
                break
