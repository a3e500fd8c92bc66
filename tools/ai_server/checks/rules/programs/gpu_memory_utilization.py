"""A share of the memory beside other programs on the GPU."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.running import running

RULE = Rule(
    "A share of the memory for vLLM beside other programs on the same GPU",
    severity="warning",
    why="--gpu-memory-utilization is a share of the whole unified memory, compared with what is free when vLLM starts:"
    " with ComfyUI or speech in the pod it depends on who was first. kvCacheMemory does not.",
    wrong='thor:\n  vllm: {kvCacheMemory: "", gpuMemoryUtilization: 0.5}',
    right="thor:\n  vllm: {kvCacheMemory: 16Gi}",
)


def check(context: Context) -> Iterator[Found]:
    """A warning for each vLLM by share whose node runs other programs on the GPU."""
    for each in running(context):
        # beside a size in bytes the share says only how much must be free at the start
        if each.program == "vllm" and "--kv-cache-memory-bytes" not in dict(each.flags):
            context.count("shares of memory")
            others = [
                other.program
                for other in running(context)
                if other.owner == each.owner
                and other.program != "vllm"
                and other.env.get("NVIDIA_VISIBLE_DEVICES") != "void"
            ]
            if others:
                message = f"vLLM takes a share of the memory, beside {' and '.join(others)} on the same GPU"
                share, size = each.key("gpuMemoryUtilization"), each.key("kvCacheMemory")
                keys = size if context.given(*size) and not context.given(*share) else share
                yield Found(keys, message, "write kvCacheMemory, such as 16Gi, instead")
