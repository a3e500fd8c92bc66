"""GPU memory that the kernel counts."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.programs import programs


@rule("programs/unified-memory")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding where it is on: an error with a memory limit, a warning without."""
    for each in programs(view):
        value = str(each.env.get("GGML_CUDA_ENABLE_UNIFIED_MEMORY", "0"))
        if value in ("0", ""):
            continue
        limit = ((each.container.get("resources") or {}).get("limits") or {}).get("memory")
        because = (
            f"the limit of {limit} would kill it" if limit else "the kernel then counts the GPU's memory as the pod's"
        )
        severity = None if limit else "warning"
        yield Violation(each.env_key("GGML_CUDA_ENABLE_UNIFIED_MEMORY"), because, "take it out", severity=severity)  # type: ignore[arg-type]
