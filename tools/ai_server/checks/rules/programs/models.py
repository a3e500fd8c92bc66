"""Models of llama-server with incompatible settings: context, batches, KV cache and draft models."""

from collections.abc import Iterator
from math import inf
from typing import Any

from ai_server.checks import facts
from ai_server.checks.core.model import Severity, Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.forms import LLAMA_OFF, LLAMA_ON
from ai_server.checks.subjects.mounted import unmounted
from ai_server.checks.subjects.presets import presets
from ai_server.reading.profiles import Keys

LEAST_TOKENS = 512
LEAST_TOKENS_OF_SEVERAL = 2048
"""A question with a page of a document, and the answer: less is rarely meant where a lower parallel gives more."""
ENOUGH_TOKENS_A_BATCH = 2048
"""The chart's own limit for builds whose memory grows with the batch: charts/common/templates/_llamacpp_flags.tpl."""
MOST_TOKENS_WITHOUT_FLASH_ATTENTION = 4096
BUILD_WITH_DRAFT_TYPES = 9180
OWN_DRAFT_MAX = "3"
"""llama-server's default of --spec-draft-n-max, since b11434."""
ALIKE = ("f32", "f16", "bf16", "q8_0", "q4_0")
TYPES = (*ALIKE, "q4_1", "q5_0", "q5_1", "iq4_nl")


@rule("programs/too-small-a-slot")
def too_small_a_slot(view: RenderView) -> Iterator[Violation]:
    """Compares the tokens of each slot with the minimum; 0 means the model's own context, and slots with a unified
    cache share the context.
    """
    for preset in presets(view):
        tokens, slots = preset.number("ctx-size"), preset.number("parallel")
        pooled = "embedding" in preset.flags or "reranking" in preset.flags
        if not tokens or not slots or pooled or "--kv-unified" in preset.by_flag:
            continue
        if tokens // slots < (LEAST_TOKENS_OF_SEVERAL if slots > 1 else LEAST_TOKENS):
            keys = next((key for key in map(preset.key, ("parallel", "ctx-size")) if key != preset.entry), preset.entry)
            requests, fewer = (
                (f"each of {slots} requests", ", or fewer slots") if slots > 1 else ("its only request", "")
            )
            message = f"{preset.model} has only {tokens // slots} tokens for {requests}"
            about = frozenset({"ctxSize", "parallel"})
            yield Violation(keys, message, f"set ctxSize: {slots * 4096}{fewer}", about=about)


@rule("programs/small-batch")
def small_batch(view: RenderView) -> Iterator[Violation]:
    """Looks for batches smaller than a slot and than 2048, and reports a shared key once. The chart's own batch,
    and the max_input_tokens that LiteLLM announces, are no larger than the program handles.
    """
    reported: set[Keys] = set()
    for preset in presets(view):
        # llama-server splits the input of a decoder with last-token pooling: server-context.cpp, can_split
        if not {"embedding", "reranking"} & preset.flags.keys() or preset.flags.get("pooling") == "last":
            continue
        slot = preset.number("ctx-size") // max(1, preset.number("parallel"))
        wanted = min(slot or ENOUGH_TOKENS_A_BATCH, ENOUGH_TOKENS_A_BATCH)
        for flag, key in (("ubatch-size", "ubatchSize"), ("batch-size", "batchSize")):
            keys, tokens = preset.key(flag), preset.number(flag)
            if keys not in (preset.entry, *reported) and tokens < wanted:
                reported.add(keys)
                message = f"{preset.model} answers HTTP 500 to inputs of more than {tokens} tokens"
                yield Violation(keys, message, f"remove {key}, or use at least {wanted}")
                break


@rule("programs/long-without-flash-attention")
def long_without_flash_attention(view: RenderView) -> Iterator[Violation]:
    """A warning if the context is the model's own, whose size is not known."""
    for preset in presets(view):
        flash_attention, keys = preset.read("flash-attn")
        tokens = preset.read("ctx-size")[0]
        if preset.server.accelerator != "rocm" or flash_attention not in LLAMA_OFF or not tokens.isdecimal():
            continue
        if not 0 < int(tokens) <= MOST_TOKENS_WITHOUT_FLASH_ATTENTION:
            context = f"{tokens} tokens" if int(tokens) else "the model's own context"
            message = f"flash attention is off with {context}: long prompts need many GiB more than loading"
            most = MOST_TOKENS_WITHOUT_FLASH_ATTENTION
            near = 0 < int(tokens) <= 2 * most  # a context that is much longer has its reason
            fix = f"set flashAttn: true{f'; without it, at most {most} tokens are safe' if near else ''}"
            yield Violation(keys, message, fix, severity="error" if int(tokens) else "warning")


@rule("programs/cache-type-on-cpu")
def cache_type_on_cpu(view: RenderView) -> Iterator[Violation]:
    """A warning for builds that were not examined or are assumed, and a hint where CUDA and ROCm compute the pair on
    the GPU, but without its own vector kernel (fattn.cu, ggml_cuda_flash_attn_ext_vec, b11434).
    """
    for preset in presets(view):
        (k, at_k), (v, at_v) = preset.read("cache-type-k"), preset.read("cache-type-v")
        k, v = k or "f16", v or "f16"
        if preset.read("flash-attn")[0] not in LLAMA_ON or k not in TYPES or v not in TYPES:
            continue
        server, accelerator = preset.server, preset.server.accelerator
        keys = at_v if at_v != preset.entry and v != "f16" else at_k
        if row := _without_kernel(accelerator, server.build, k, v):
            missing = server.build <= row["until"]
            has = f"llama.cpp {server.build_name} {'has' if missing else 'may have'}"
            message = (
                f"{has} no {accelerator} kernel for K {k} with V {v}; without one it computes all attention on the CPU"
            )
            severity: Severity = "error" if missing and server.build_known else "warning"
            yield Violation(keys, message, row["fix"], severity=severity)
        elif accelerator in ("cuda", "rocm") and (k != v or k not in ALIKE):
            message = f"llama.cpp converts K {k} and V {v} to f16 for each token, which is slow with a long context"
            yield Violation(keys, message, "use q8_0 for both, or f16, or q4_0", severity="hint")


def _without_kernel(accelerator: str, build: int, k: str, v: str) -> dict[str, Any]:
    """The row of the table for two types; {} if llama.cpp has a kernel for them, or nothing is known."""
    pairs = {
        "iq4_nl": "iq4_nl" in (k, v),
        "bf16": "bf16" in (k, v),
        "one bf16": (k == "bf16") != (v == "bf16"),
        "different": k != v,
        "mixed": k != v or k not in ALIKE,
    }
    for row in facts.table("cache_types"):
        about: dict[str, Any] = row
        in_range = about.get("since", 0) <= build < about.get("fixed", inf)
        if accelerator in about["accelerators"] and pairs[about["pair"]] and in_range:
            return about
    return {}


@rule("programs/unused-draft")
def unused_draft(view: RenderView) -> Iterator[Violation]:
    """Measured with b11434; older builds use a draft model without --spec-type. programs/relative-path reports a path
    that llama-server does not find.
    """
    for preset in presets(view):
        path, keys = preset.read("model-draft")
        typed = preset.read("spec-type")[0] not in ("", "none")
        if (
            path.startswith("/")
            and not unmounted(preset.server, path)
            and not typed
            and preset.server.build >= BUILD_WITH_DRAFT_TYPES
        ):
            message = "llama-server loads the draft model, but does not use it without --spec-type"
            yield Violation(keys, message, "set draft: {file: ...} of the model instead, which sets both")
        (least, at_least), (most, _) = preset.read("spec-draft-n-min"), preset.read("spec-draft-n-max")
        most = most or OWN_DRAFT_MAX
        if typed and least.isdecimal() and most.isdecimal() and int(least) > int(most):
            message = f"no draft is used: it has at most {most} tokens, and those of fewer than {least} are dropped"
            yield Violation(at_least, message, f"use at most {most}, or set a higher max")


@rule("programs/same-file")
def same_file(view: RenderView) -> Iterator[Violation]:
    """Tried with b11434: "Failed to load CLIP model" stops it, and a draft by the model itself saves nothing."""
    for preset in presets(view):
        model, _ = preset.read("model")
        projector, at_projector = preset.read("mmproj")
        draft, at_draft = preset.read("model-draft")
        if model and projector == model:
            message = "the projector is the model itself: llama-server does not start"
            yield Violation(at_projector, message, "set the file of the projector, whose name begins with mmproj")
        adapters = preset.server.view.get(*preset.entry, "loras") or {}
        for name, adapter in adapters.items() if model else ():
            if adapter.get("file") and model.endswith(f"/{adapter['file']}"):
                message = "the adapter is the model itself: llama-server does not start"
                fix = "set the file of the adapter, or remove it if the file is the model with the adapter merged in"
                yield Violation((*preset.entry, "loras", name, "file"), message, fix)
        if model and draft == model:
            message = "the draft model is the model itself, so drafting takes as long as answering"
            yield Violation(at_draft, message, "set the file of a smaller model of the same family", severity="warning")
