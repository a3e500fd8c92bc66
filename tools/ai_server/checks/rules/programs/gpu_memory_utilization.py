"""A share of the memory beside other programs on the GPU."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.programs import programs


@rule("programs/gpu-memory-utilization")
def check(view: RenderView) -> Iterator[Violation]:
    """A warning for each vLLM by share whose node runs other programs on the GPU."""
    for each in programs(view):
        # beside a size in bytes the share says only how much must be free at the start
        if each.program == "vllm" and "--kv-cache-memory-bytes" not in dict(each.flags):
            view.count("shares of memory")
            others = [
                other.program
                for other in programs(view)
                if other.owner == each.owner
                and other.program != "vllm"
                and other.env.get("NVIDIA_VISIBLE_DEVICES") != "void"
            ]
            if others:
                message = f"vLLM takes a share of the memory, beside {' and '.join(others)} on the same GPU"
                share, size = each.key("gpuMemoryUtilization"), each.key("kvCacheMemory")
                keys = size if view.given(*size) and not view.given(*share) else share
                yield Violation(keys, message, "write kvCacheMemory, such as 16Gi, instead")
