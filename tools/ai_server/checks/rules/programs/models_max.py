"""Models that have to share the memory of a llama-server."""

from collections.abc import Iterator

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.presets import presets_of
from ai_server.checks.subjects.programs import programs


@rule("programs/models-max")
def models_max(view: RenderView) -> Iterator[Violation]:
    """Compares the models of each llama-server with the number that the chart's default keeps in memory."""
    for server in programs(view, "llama-server"):
        keys, most = server.setting("modelsMax"), dict(server.flags).get("--models-max", "")
        models = [preset.model for preset in presets_of(server)]
        if server.router and not view.given(*keys) and most.isdecimal() and 0 < int(most) < len(models):
            message = (
                f"not set, so {most} of {', '.join(models)} stay in memory, and another one is loaded in place of one"
            )
            fix = f"set {len(models)} if all fit at once, or {most} if they take turns on purpose"
            yield Violation(keys, message, fix, at=server.pod.identity)
