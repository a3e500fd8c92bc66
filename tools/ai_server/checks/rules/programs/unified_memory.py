"""GPU memory that the kernel counts."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.running import running

RULE = Rule(
    "GGML_CUDA_ENABLE_UNIFIED_MEMORY, which the memory limit then counts",
    why="What llama.cpp usually takes on Strix Halo is outside the container's memory limit; managed memory is inside:"
    " 80 GB were killed under a limit of 72 GiB (llama.cpp pull request 20472).",
    wrong="rocm:\n  extraEnv: {GGML_CUDA_ENABLE_UNIFIED_MEMORY: '1'}",
    right="rocm:\n  extraEnv: {}",
)


def check(context: Context) -> Iterator[Found]:
    """A finding where it is on: an error with a memory limit, a warning without."""
    for each in running(context):
        value = str(each.env.get("GGML_CUDA_ENABLE_UNIFIED_MEMORY", "0"))
        if value in ("0", ""):
            continue
        limit = ((each.container.get("resources") or {}).get("limits") or {}).get("memory")
        because = (
            f"the limit of {limit} would kill it" if limit else "the kernel then counts the GPU's memory as the pod's"
        )
        severity = None if limit else "warning"
        yield Found(each.env_key("GGML_CUDA_ENABLE_UNIFIED_MEMORY"), because, "take it out", severity=severity)  # type: ignore[arg-type]
