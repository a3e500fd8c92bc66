"""KV caches of vLLM that do not hold one request."""

from collections.abc import Iterator
from math import ceil

from ai_server.checks.core.model import Severity, Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.planning import settings
from ai_server.checks.subjects.planning.files import below_models
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.memory.by_name_folder import folder_by_name
from ai_server.memory.folder import FolderFacts
from ai_server.memory.settings import VllmSettings
from ai_server.memory.terms import GIB
from ai_server.memory.vllm_kv import largest_model_len, least_kv_bytes
from ai_server.reading.profiles import Keys

LEAST, FEW, USUAL = 4 * 2**10, 20 * 2**10, 32 * 2**10
"""Bytes of KV cache for a token at 16 bits a number: gemma-3-1b (4 full layers, a head of 256), Qwen3.5-35B-A3B
(10 full layers, 2 heads of 256) and Llama-3.2-1B (16 layers, 8 heads of 64); Qwen3-32B needs 256 KiB.
"""

OF_16_BITS = ("auto", "bfloat16", "float16")


@rule("programs/small-kv-cache")
def small_kv_cache(view: RenderView) -> Iterator[Violation]:
    """Compares the cache with what one request takes by the model's files, else the bytes for each token with those of
    real models; programs/tiny-amount reports sizes below 1 MiB.
    """
    for server in programs(view, "vllm"):
        chosen = settings.of_vllm(server)
        size, context = chosen.kv_cache_bytes, chosen.max_model_len
        if size < 2**20 or not context:
            continue
        if folder := _folder(server):
            yield from _refused(server, folder, chosen)
            continue
        share = 0.5 if str(server.value("kvCacheDtype")).startswith("fp8") else 1.0
        name, least = _known(server)
        if size < least * context:
            tokens = int(size / least) // 1024 * 1024 or 1024
            holds = f"{server.value('kvCacheMemory')} is {_kib(size / context)} for each of {context} tokens"
            fix = f"raise kvCacheMemory to {ceil(least * context / 2**30)}Gi, or lower maxModelLen to {tokens}"
            yield Violation(_key(server), f"{holds}, but {name} needs {_kib(least)}: vLLM exits", fix)
        elif size < FEW * share * context:
            severity: Severity = "warning" if size < LEAST * share * context else "hint"
            holds = f"{server.value('kvCacheMemory')} is {_kib(size / context)} for each of {context} tokens"
            message = f"{holds}, but most models need {_kib(USUAL * share)} or more"
            yield Violation(_key(server), message, severity=severity)


def _folder(server: ProgramContainer) -> FolderFacts | None:
    """The facts of the model's folder, if its files were read."""
    known = server.view.models.folder_at(below_models(server, str(server.value("model") or "")))
    return known.facts if known.how == "file" else None


def _refused(server: ProgramContainer, folder: FolderFacts, chosen: VllmSettings) -> Iterator[Violation]:
    """What vLLM itself rejects: check_enough_kv_cache_memory in vllm/v1/core/kv_cache_utils.py of 0.30.0."""
    least = least_kv_bytes(folder, chosen)
    if chosen.kv_cache_bytes < least:
        tokens = largest_model_len(folder, chosen, chosen.kv_cache_bytes)
        needs = f"a request of {chosen.max_model_len} tokens needs {least / GIB:.2f} GiB"
        message = f"{needs}, but kvCacheMemory is {server.value('kvCacheMemory')}: vLLM exits"
        lower = f", or lower maxModelLen to {tokens}" if tokens else ""
        fix = f"raise kvCacheMemory to {ceil(least / GIB)}Gi{lower}"
        yield Violation(_key(server), message, fix, severity="error")


def _known(server: ProgramContainer) -> tuple[str, float]:
    """The name and the bytes of KV cache for a token of a known model whose layers all attend to the complete context.

    0 for another one, for a type of another size, and if several GPUs share the cache. With auto, a checkpoint in 4 or
    8 bits may ask for 8 bits here as well.
    """
    folder = str(server.value("model") or "").rstrip("/").rpartition("/")[2].lower()
    kind = str(server.value("kvCacheDtype") or "auto")
    half = kind.startswith("fp8") or (kind == "auto" and any(bits in folder for bits in ("nvfp4", "fp8")))
    if any(flag.endswith("-parallel-size") for flag in server.by_flag) or not (half or kind in OF_16_BITS):
        return "", 0
    known = folder_by_name(folder)
    if not known or not known.model or any(group.kind != "full" for group in known.facts.layers):
        return "", 0
    numbers = sum(group.count * group.kv_heads * (group.key + group.value) for group in known.facts.layers)
    return known.model, numbers * (1 if half else 2)


def _key(server: ProgramContainer) -> Keys:
    """kvCacheMemory or maxModelLen, whichever the files set."""
    keys = [server.setting("kvCacheMemory"), server.setting("maxModelLen")]
    return next((key for key in keys if server.view.given(*key)), keys[0])


def _kib(size: float) -> str:
    return f"{size / 1024:.3g} KiB"
