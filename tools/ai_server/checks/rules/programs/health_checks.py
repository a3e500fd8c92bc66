"""Health checks that load models."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.gateway import all_routes, section
from ai_server.checks.subjects.running import Running, running

RULE = Rule(
    "Health checks that load one model after another",
    severity="warning",
    why="LiteLLM's background checks ask each chat model for a word at each interval. A llama-server that has more of"
    " them than it keeps in memory (modelsMax) then loads and drops models all the time, the one in use among them.",
    wrong="rocm:\n  modelsMax: 2\n  models: {a: {file: gguf/a.gguf}, b: {file: gguf/b.gguf}}\n"
    "litellm:\n  healthChecks: {enabled: true}",
    right="rocm:\n  modelsMax: 3\n  models: {a: {file: gguf/a.gguf}, b: {file: gguf/b.gguf}}\n"
    "litellm:\n  healthChecks: {enabled: true}",
)
ASKED = ("chat", "completion")
"""The chart takes the others out of the checks (disable_background_health_check)."""


def check(context: Context) -> Iterator[Found]:
    """A warning for each llama-server with more chat models than it keeps, while the checks are on."""
    if not section(context, "general_settings").get("background_health_checks"):
        return
    written = ("litellm", "generalSettings", "background_health_checks")
    keys = written if context.given(*written) else ("litellm", "healthChecks", "enabled")
    asked = {route.id for route in all_routes(context) if route.mode in ASKED}
    for each in running(context):
        if each.program == "llama-server" and each.router:
            context.count("health checks")
            models = [preset.model for preset in each.presets if f"rocm-{each.owner[-1]}-{preset.model}" in asked]
            room = _room(each)
            if 0 < room < len(models):
                message = (
                    f"{each.owner[-1]} keeps {room} of {', '.join(models)} in memory, and each check loads the next"
                )
                yield Found(keys, message, f"write false, or modelsMax: {len(models)} if they fit")


def _room(each: Running) -> int:
    """How many models it keeps; 0 for all."""
    value = dict(each.flags).get("--models-max", "")
    return int(value) if value.isdigit() else 0
