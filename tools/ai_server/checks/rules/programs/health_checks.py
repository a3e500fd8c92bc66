"""Health checks that load models."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.gateway import all_routes, section
from ai_server.checks.subjects.presets import presets_of
from ai_server.checks.subjects.programs import ProgramContainer, programs

ASKED = ("chat", "completion")
"""The chart takes the others out of the checks (disable_background_health_check)."""


@rule("programs/health-checks")
def check(view: RenderView) -> Iterator[Violation]:
    """A warning for each llama-server with more chat models than it keeps, while the checks are on."""
    if not section(view, "general_settings").get("background_health_checks"):
        return
    written = ("litellm", "generalSettings", "background_health_checks")
    keys = written if view.given(*written) else ("litellm", "healthChecks", "enabled")
    asked = {route.id for route in all_routes(view) if route.mode in ASKED}
    for each in programs(view):
        if each.program == "llama-server" and each.router:
            view.count("health checks")
            models = [preset.model for preset in presets_of(each) if f"rocm-{each.owner[-1]}-{preset.model}" in asked]
            room = _room(each)
            if 0 < room < len(models):
                message = (
                    f"{each.owner[-1]} keeps {room} of {', '.join(models)} in memory, and each check loads the next"
                )
                yield Violation(keys, message, f"write false, or modelsMax: {len(models)} if they fit")


def _room(each: ProgramContainer) -> int:
    """How many models it keeps; 0 for all."""
    value = dict(each.flags).get("--models-max", "")
    return int(value) if value.isdigit() else 0
