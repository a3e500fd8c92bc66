"""What to know about the plan of a node."""

from collections.abc import Iterator

from ai_server.checks.subjects.planning.loads import Load
from ai_server.checks.subjects.planning.nodes import HOST, UNIFIED, NodeLoads
from ai_server.memory import vllm, vllm_kv
from ai_server.memory.folder import FolderFacts
from ai_server.memory.known import Known
from ai_server.memory.settings import VllmSettings
from ai_server.memory.terms import GIB
from ai_server.reading.wording import enumerated, plural


def notes(node: NodeLoads) -> Iterator[str]:
    """What to know: models that take turns or are unloaded when idle, cards of unknown size, and what vLLM needs at
    its start.
    """
    for pool in node.pools:
        if not pool.size and pool.name in (HOST, UNIFIED):
            yield f"the size of the memory is unknown: node {node.machine.node} has no status.capacity.memory"
        elif not pool.size:
            yield f"the size of {pool.name} is unknown{_label(node)}"
    if node.machine.board_id == "strix-halo":
        yield "the GPU gets as much of the memory as the kernel's ttm.pages_limit allows: docs/install.md"
    for load in node.loads:
        idle = load.model.preset.read("sleep-idle-seconds")[0] if load.model else ""
        if idle.isdecimal() and int(idle):
            yield f"{load.name} is unloaded after {idle} s without a request, so its memory is free then"
    waiting = [load.name for load in node.loads if not load.loaded]
    if waiting:
        most = sum(load.loaded and load.kind == "llama-server" for load in node.loads)
        yield (
            f"at most {plural(most, 'model')} of llama-server {'is' if most == 1 else 'are'} in memory (modelsMax): the"
            f" largest {'is' if most == 1 else 'are'} planned; others take turns: {enumerated(waiting)}"
        )
    for load in node.loads:
        if load.folder and load.settings:
            yield from _of_vllm(node, load, load.folder, load.settings)


def _of_vllm(node: NodeLoads, load: Load, folder: Known[FolderFacts], settings: VllmSettings) -> Iterator[str]:
    """What must be free when vLLM starts, and whether its share leaves room for a request."""
    needed = vllm.start_condition(settings, node.size)
    yield f"vLLM exits at its start unless {needed / GIB:.1f} GiB are free (--gpu-memory-utilization)"
    if folder.facts and node.size and not settings.kv_cache_bytes:
        cache = next(term.bytes for term in load.terms if term.name == "KV cache")
        least = vllm_kv.least_kv_bytes(folder.facts, settings, node.size)
        if cache < least:
            needs = f"a request of the longest context needs {least / GIB:.1f} GiB"
            yield f"vLLM exits: its share leaves {cache / GIB:.1f} GiB for the KV cache, and {needs}"


def _label(node: NodeLoads) -> str:
    """The command that labels a node with the memory of its cards, as the vendors' own programs do."""
    labels = {"cuda": "nvidia.com/gpu.memory=24564", "rocm": "amd.com/gpu.vram=24G"}
    own = next((labels[server.accelerator] for server in node.servers if server.accelerator in labels), "")
    return f"; for a card of 24 GiB: kubectl label node {node.machine.node} {own}" if own else ""
