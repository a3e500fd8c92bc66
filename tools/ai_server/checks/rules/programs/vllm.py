"""Limits of vLLM that contradict each other: tokens of a batch, of a request, and of the KV cache."""

import re
from collections.abc import Iterator
from math import ceil

from ai_server.checks.core.model import Severity, Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.facts import flags_of
from ai_server.checks.subjects.parsers import family
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.memory.by_name_folder import folder_by_name
from ai_server.reading.profiles import Keys

SIZE = re.compile(r"(\d+(?:\.\d+)?)([kKmMgGtT]?)")
UNITS = {"": 1} | {letter: 1000**power for power, letter in enumerate("kmgt", 1)}
UNITS |= {letter.upper(): 1024**power for power, letter in enumerate("kmgt", 1)}
"""vLLM's own: 4k is 4000 and 4K is 4096 (vllm/engine/arg_utils.py, human_readable_int)."""
LEAST, FEW, USUAL = 4 * 2**10, 20 * 2**10, 32 * 2**10
"""Bytes of KV cache for a token at 16 bits a number: gemma-3-1b (4 full layers, a head of 256), Qwen3.5-35B-A3B
(10 full layers, 2 heads of 256) and Llama-3.2-1B (16 layers, 8 heads of 64); Qwen3-32B needs 256 KiB.
"""

OF_16_BITS = ("auto", "bfloat16", "float16")


@rule("programs/batched-tokens")
def batched_tokens(view: RenderView) -> Iterator[Violation]:
    """Compares the batch with the context, if prompts are not split, and with the number of requests:
    vllm/config/scheduler.py, verify_max_model_len.
    """
    for server in programs(view, "vllm"):
        batch, at_batch = _number(server, "--max-num-batched-tokens")
        context, at_context = _number(server, "--max-model-len")
        requests, _ = _number(server, "--max-num-seqs")
        longest, at_longest = _number(server, "--long-prefill-token-threshold")
        if batch and context > batch and not _splits_prompts(server):
            message = f"vLLM exits: {batch} tokens of a batch are fewer than the {context} of maxModelLen"
            yield Violation(at_batch, message, f"use at least {context}, or remove --no-enable-chunked-prefill")
        elif batch and batch < requests:
            message = f"vLLM exits: {batch} tokens of a batch are fewer than the {requests} requests of maxNumSeqs"
            yield Violation(at_batch, message, f"use at least {requests}")
        if context and longest > context:
            message = f"vLLM exits: {longest} tokens are more than the {context} of maxModelLen"
            yield Violation(at_longest or at_context, message, f"use at most {context}")


@rule("programs/small-kv-cache")
def small_kv_cache(view: RenderView) -> Iterator[Violation]:
    """Compares the bytes for each token of a request with those of real models; programs/tiny-amount reports sizes
    below 1 MiB.
    """
    for server in programs(view, "vllm"):
        size, _ = _number(server, "--kv-cache-memory-bytes")
        context, _ = _number(server, "--max-model-len")
        if size < 2**20 or not context:
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


@rule("programs/tool-call-parser")
def tool_call_parser(view: RenderView) -> Iterator[Violation]:
    """Compares parsers that vLLM knows with those that its docs name for the model's family."""
    known = flags_of("vllm").known["--tool-call-parser"].choices
    for server in programs(view, "vllm"):
        for argument in server.by_flag.get("--tool-call-parser", []):
            of_model = family(server, "--tool-call-parser")
            parser = "".join(argument.values)
            if of_model and of_model.clear and parser in known and parser not in of_model.parsers:
                message = f"{parser} does not read the tool calls of {of_model.name}, by vLLM's documentation"
                keys = server.extra_key(argument) or server.setting("toolCallParser")
                items = 2 if server.extra_key(argument) else 1
                yield Violation(keys, message, f"perhaps use {of_model.parsers[0]}", items=items)


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


def _number(server: ProgramContainer, flag: str) -> tuple[int, Keys]:
    """The number of a flag and its key; 0 if the flag is missing, or its value is a word."""
    for argument in reversed(server.by_flag.get(flag, [])):
        number = SIZE.fullmatch(argument.values[0]) if argument.values else None
        return int(float(number[1]) * UNITS[number[2]]) if number else 0, server.argument_key(argument)
    return 0, ()


def _splits_prompts(server: ProgramContainer) -> bool:
    """Whether long prompts are split among batches, which is the default."""
    given = server.by_flag.get("--enable-chunked-prefill", [])
    return not given or not given[-1].flag.startswith("--no-")


def _kib(size: float) -> str:
    return f"{size / 1024:.3g} KiB"
