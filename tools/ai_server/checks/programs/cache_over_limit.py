"""A prompt cache that the memory limit does not hold."""

from collections.abc import Iterator
from decimal import Decimal

from ai_server.checks.findings import Context, Found
from ai_server.checks.rules import Rule
from ai_server.checks.running import Running, running
from ai_server.nodes import human, quantity

RULE = Rule(
    "A prompt cache larger than the memory limit",
    severity="warning",
    why="cacheRamMiB of each loaded model is memory of the container, which its limit counts, unlike the GPU's: pods"
    " were killed for it (joryirving/home-ops#9818).",
    wrong="rocm:\n  server: {cacheRamMiB: 8192}\n  resources: {limits: {memory: 4Gi}, requests: {memory: 4Gi}}",
    right="rocm:\n  server: {cacheRamMiB: 2048}\n  resources: {limits: {memory: 100Gi}}",
)


def check(context: Context) -> Iterator[Found]:
    """A warning for each llama-server whose models' prompt caches together pass its limit."""
    for each in running(context):
        limit = ((each.container.get("resources") or {}).get("limits") or {}).get("memory")
        if each.program != "llama-server" or limit is None:
            continue
        try:
            most = quantity(limit)
        except ValueError:
            continue
        total = _caches(each)
        context.count("prompt caches")
        if total > most:
            message = f"the prompt caches may take {human('memory', total)}, and the limit is {limit}"
            yield Found(each.key("resources", "limits", "memory"), message, "raise it, or lower server.cacheRamMiB")


def _caches(each: Running) -> Decimal:
    sizes = [int(preset.flags.get("cache-ram", 0)) for preset in each.presets]
    most = each.value("modelsMax") or len(sizes)
    return Decimal(sum(sorted(max(size, 0) for size in sizes)[-int(most) :])) * 2**20
