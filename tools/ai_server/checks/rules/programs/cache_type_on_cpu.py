"""Types of the KV cache that a build of llama.cpp computes on the CPU."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Severity, Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.presets import presets_of
from ai_server.checks.subjects.programs import programs

LAST_OF_LIKE_PAIRS = 10867
FIRST_OF_ALL_PAIRS = 10883
"""ggml_cuda_get_best_fattn_kernel in ggml/src/ggml-cuda/fattn.cu, which ROCm compiles as well, read in the sources of
b10289 to b10867, b10883, b10894, b10970, b11063, b11117 and b11434; those between the two were not looked at."""
NEWEST = 11434
"""The newest build whose source was read."""
FIRST_VULKAN = 9437
"""The oldest build whose ggml_backend_vk_device_supports_op was read, in ggml/src/ggml-vulkan/ggml-vulkan.cpp: b9649 is
the same, and b10289 to NEWEST as well but for iq4_nl, which they have a kernel for."""
LAST_WITHOUT_IQ4 = 9649
FIRST_WITH_IQ4 = 10289
ALIKE = ("f32", "f16", "bf16", "q8_0", "q4_0")
TYPES = (*ALIKE, "q4_1", "q5_0", "q5_1", "iq4_nl")
ON = ("on", "1", "true", "enabled")


@rule("programs/cache-type-on-cpu")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each model with such a pair: a warning for builds of which it is not known, and a hint where ROCm
    computes it on the GPU, but without a vector kernel of its own (fattn.cu, ggml_cuda_flash_attn_ext_vec, b11434).
    """
    for each in programs(view):
        backend = str(each.value("backend")) if each.program == "llama-server" else ""
        for preset in presets_of(each):
            (k, at_k), (v, at_v) = preset.read("cache-type-k"), preset.read("cache-type-v")
            k, v = k or "f16", v or "f16"
            if preset.read("flash-attn")[0] not in ON or k not in TYPES or v not in TYPES:
                continue
            view.count("KV caches")
            severity = _on_rocm(each.build, k, v) if backend == "rocm" else _on_vulkan(each.build, k, v)
            at = at_v if at_v != preset.entry and v != "f16" else at_k
            if not severity and backend == "rocm" and not (k == v and k in ALIKE):
                message = f"llama.cpp converts K {k} and V {v} to f16 for each token, which is slow with a long context"
                yield Violation(at, message, "write q8_0 for both, or f16, or q4_0", severity="hint")
            elif severity:
                may = "has" if severity == "error" else "may have"
                message = (
                    f"llama.cpp b{each.build} {may} no {backend} kernel for K {k} with V {v}, and then computes all"
                    " attention on the CPU"
                )
                yield Violation(at, message, _fix(backend, k, v), severity=severity)


def _on_rocm(build: int, k: str, v: str) -> Severity | None:
    if "iq4_nl" in (k, v):
        return "error" if build <= NEWEST else "warning"
    if build >= FIRST_OF_ALL_PAIRS or (k == v and k in ALIKE):
        return None
    return "error" if build <= LAST_OF_LIKE_PAIRS else "warning"


def _on_vulkan(build: int, k: str, v: str) -> Severity | None:
    if build < FIRST_VULKAN:
        return None  # it is not known
    if (k == "bf16") != (v == "bf16"):
        return "error" if build <= NEWEST else "warning"
    if "iq4_nl" in (k, v) and build < FIRST_WITH_IQ4:
        return "error" if build <= LAST_WITHOUT_IQ4 else "warning"
    return None


def _fix(backend: str, k: str, v: str) -> str:
    if backend == "vulkan" and "bf16" in (k, v):
        return "write f16 instead of bf16, or bf16 for both"
    if "iq4_nl" in (k, v):
        return "write q4_0 instead of iq4_nl: it is as small"
    return f"write q8_0 for both, or f16, or q4_0; or take build {NEWEST} or newer"
