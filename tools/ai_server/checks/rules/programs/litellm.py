"""LiteLLM: settings that keep it from starting, from answering Prometheus, or that load models again and again."""

from collections.abc import Iterator
from typing import Any

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.gateway import all_routes, section
from ai_server.checks.subjects.master_key import empty_key, open_to_all
from ai_server.checks.subjects.presets import presets_of
from ai_server.checks.subjects.programs import programs
from ai_server.reading.profiles import Keys

ASKED = ("chat", "completion")
"""The chart takes the others out of the checks (disable_background_health_check)."""
CHECKS: Keys = ("litellm", "generalSettings", "background_health_checks")
WANTS_KEY = "require_auth_for_metrics_endpoint"
CALLBACKS = ("callbacks", "success_callback", "failure_callback")


@rule("programs/empty-key")
def empty_master_key(view: RenderView) -> Iterator[Violation]:
    """An empty key in general_settings, or in the variable that it is read from."""
    keys = empty_key(view)
    if keys and not open_to_all(view):
        yield Violation(keys, "LiteLLM does not start with an empty master key", "take it out: the chart makes one")


@rule("programs/metrics-key")
def metrics_key(view: RenderView) -> Iterator[Violation]:
    """Metrics that are on, by the chart or by callbacks, and want a key; and callbacks that switch them off."""
    settings, metrics = view.get("litellm", "litellmSettings") or {}, view.get("litellm", "metrics")
    by_callback = [name for name in CALLBACKS if "prometheus" in _as_list(settings.get(name))]
    if settings.get(WANTS_KEY, not metrics) and (metrics or by_callback):
        keys = ("litellm", "litellmSettings", WANTS_KEY if WANTS_KEY in settings else by_callback[0])
        message = "the metrics want the master key, which Prometheus does not send"
        yield Violation(keys, message, f"set {WANTS_KEY}: false: the Ingress does not let /metrics through")
    elif metrics and isinstance(settings.get("callbacks"), list) and not by_callback:
        keys = ("litellm", "litellmSettings", "callbacks")
        message = "this list replaces the chart's, and with it the metrics are gone"
        yield Violation(keys, message, "add prometheus to it, or set metrics: false")


def _as_list(callbacks: Any) -> list[Any]:
    return callbacks if isinstance(callbacks, list) else [callbacks]


@rule("programs/health-checks")
def health_checks(view: RenderView) -> Iterator[Violation]:
    """Each llama-server with more chat models than it keeps, while the checks are on."""
    if not section(view, "general_settings").get("background_health_checks"):
        return
    keys = CHECKS if view.given(*CHECKS) else ("litellm", "healthChecks", "enabled")
    asked = {route.id for route in all_routes(view) if route.mode in ASKED}
    for server in programs(view, "llama-server"):
        name, most = server.owner[-1], dict(server.flags).get("--models-max", "")
        models = [preset.model for preset in presets_of(server) if f"rocm-{name}-{preset.model}" in asked]
        if server.router and most.isdigit() and 0 < int(most) < len(models):
            message = f"{name} keeps {most} of {', '.join(models)} in memory, and each check loads the next"
            yield Violation(keys, message, f"write false, or modelsMax: {len(models)} if they fit")
