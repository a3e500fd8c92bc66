"""vLLM without a size for its KV cache."""

from ai_server.checks.engine.findings import said
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "vLLM without a size for its KV cache",
    needs="chart",
    why="vLLM takes its KV cache by bytes (kvCacheMemory), or as what a share of the whole memory leaves"
    " (gpuMemoryUtilization). With neither it would take nearly all memory of the machine.",
    wrong='thor:\n  vllm: {kvCacheMemory: "", gpuMemoryUtilization: 0}',
    right="thor:\n  vllm: {kvCacheMemory: 16Gi}",
)
check = said(__name__)
