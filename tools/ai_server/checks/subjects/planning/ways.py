"""How to make the programs of a node fit into its memory, with numbers; and what to know about a plan."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from ai_server.checks.subjects.planning.loads import Load, most_loaded, together, vllm_terms
from ai_server.checks.subjects.planning.nodes import NodeLoads
from ai_server.memory import vllm, vllm_kv
from ai_server.memory.plan import Pool, margin
from ai_server.memory.settings import LlamaSettings
from ai_server.memory.terms import GIB
from ai_server.reading.wording import enumerated, plural

LEAST_CONTEXT = 4096
"""A smaller context holds no chat with a document."""
STEP = 1024
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
    return [way.sentence for way in enough or sorted(found, key=lambda way: excess(way.pools))]


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


def notes(node: NodeLoads) -> Iterator[str]:
    """What to know: models that take turns or are unloaded when idle, cards of unknown size, and what vLLM needs at
    its start.
    """
    for pool in node.pools:
        if not pool.size:
            yield f"the size of {pool.name} is unknown; a label states it: {_label(node)}"
    for load in node.loads:
        idle = load.model.preset.read("sleep-idle-seconds")[0] if load.model else ""
        if idle.isdecimal() and int(idle):
            yield f"{load.name} is unloaded after {idle} s without a request, so its memory is free then"
    waiting = [load.name for load in node.loads if not load.loaded]
    if waiting:
        most = sum(load.loaded and load.kind == "llama-server" for load in node.loads)
        yield (
            f"at most {plural(most, 'model')} of llama-server {'is' if most == 1 else 'are'} in memory (modelsMax): the"
            f" largest {'is' if most == 1 else 'are'} planned, and {enumerated(waiting)} takes the place of one"
        )
    for load in node.loads:
        if load.folder and load.settings:
            needed = vllm.start_condition(load.settings, node.size)
            yield f"vLLM starts only while {needed / GIB:.1f} GiB are free"


def _with(node: NodeLoads, load: Load, settings: LlamaSettings) -> tuple[Pool, ...]:
    """The pools if a model had other settings."""
    assert load.model
    model = replace(load.model, settings=settings)
    own = [one for one in node.loads if one.server is load.server and one is not load]
    return node.pools_with(
        [*_others(node, load), *together(load.server, [*own, replace(load, terms=model.terms(), model=model)])]
    )


def _others(node: NodeLoads, load: Load) -> list[Load]:
    """The loads of the other programs of a node."""
    return [one for one in node.loads if one.server is not load.server]


def _without(node: NodeLoads, load: Load) -> tuple[Pool, ...]:
    """The pools without a model, whose place another one may take."""
    own = [one for one in node.loads if one.server is load.server and one is not load]
    return node.pools_with([*_others(node, load), *together(load.server, own)])


def _label(node: NodeLoads) -> str:
    """The command that labels a node with the memory of its cards, as the vendors' own programs do."""
    amd = any(server.accelerator in ("rocm", "vulkan") for server in node.servers)
    label = "amd.com/gpu.vram=24G" if amd else "nvidia.com/gpu.memory=24564 (MiB)"
    return f"kubectl label node {node.machine.node} {label}"


def _fewer_models(node: NodeLoads) -> Iterator[Way]:
    """The largest number of models in memory with which the node has room."""
    for server in node.servers:
        models = [load for load in node.loads if load.server is server]
        most = most_loaded(server, len(models))
        for count in range(most - 1, 0, -1):
            fewer = [replace(load, loaded=load.loaded and index < count) for index, load in enumerate(models)]
            pools = node.pools_with([*fewer, *(load for load in node.loads if load.server is not server)])
            if excess(pools) <= 0 or (count == 1 and excess(pools) < excess(node.pools)):
                yield Way(f"set modelsMax: {count}, so that fewer models are in memory together", pools)
                break


def _smaller_context(node: NodeLoads, load: Load) -> Iterator[Way]:
    """The largest context of a model with which the node has room."""
    assert load.model
    assert load.model.model.facts
    chosen, now = (
        load.model.settings,
        load.model.settings.ctx_size or load.model.model.facts.number("context_length", 0),
    )
    step = STEP * chosen.parallel
    low, high = LEAST_CONTEXT * chosen.parallel // step, now // step
    if low >= high or excess(_with(node, load, replace(chosen, ctx_size=low * step))) > 0:
        return
    while high - low > 1:
        middle = (low + high) // 2
        fits = excess(_with(node, load, replace(chosen, ctx_size=middle * step))) <= 0
        low, high = (middle, high) if fits else (low, middle)
    pools = _with(node, load, replace(chosen, ctx_size=low * step))
    yield Way(f"set ctxSize: {low * step} for {load.name} (now {now})", pools)


def _quantised_cache(node: NodeLoads, load: Load) -> Iterator[Way]:
    """A KV cache of 8 bits."""
    assert load.model
    chosen = load.model.settings
    if not chosen.flash_attn or {chosen.cache_type_k, chosen.cache_type_v} - {"f16", "bf16", "f32"}:
        return
    pools = _with(node, load, replace(chosen, cache_type_k="q8_0", cache_type_v="q8_0"))
    saved = excess(node.pools) - excess(pools)
    if saved >= WORTH:
        saves = f"which saves {saved / GIB:.1f} GiB"
        yield Way(f"set cacheTypeK and cacheTypeV: q8_0 for {load.name}, {saves}", pools)


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
