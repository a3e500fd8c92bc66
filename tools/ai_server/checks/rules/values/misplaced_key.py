"""A key of another section."""

from ai_server.checks.engine.findings import said
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "A key that belongs to another section",
    needs="values",
    why="Each component has its own words: vLLM's KV cache is given in bytes, llama.cpp's by its context. A key in the"
    " wrong section sets nothing.",
    wrong="rocm:\n  kvCacheMemory: 16Gi",
    right="thor:\n  vllm: {kvCacheMemory: 16Gi}",
)
check = said(__name__)
