"""A quantised V cache without flash attention."""

from ai_server.checks.engine.findings import said
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "A quantised V cache without flash attention",
    needs="chart",
    why="llama-server refuses a cacheTypeV other than f32, f16 and bf16 unless flash attention is on.",
    wrong="rocm:\n  server: {flashAttn: false, cacheTypeV: q8_0}",
    right="rocm:\n  server: {flashAttn: true, cacheTypeK: q8_0, cacheTypeV: q8_0}",
)
check = said(__name__)
