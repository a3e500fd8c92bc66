"""Metrics behind a key that nobody sends, or without one where anybody can ask."""

from collections.abc import Iterator
from typing import Any

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView

WANTS = "require_auth_for_metrics_endpoint"
CALLBACKS = ("callbacks", "success_callback", "failure_callback")


@rule("programs/metrics-key")
def check(view: RenderView) -> Iterator[Violation]:
    """A warning where metrics are on, by the chart or by callbacks, and want a key."""
    settings = view.get("litellm", "litellmSettings") or {}
    metrics = view.get("litellm", "metrics")
    by_callback = [name for name in CALLBACKS if "prometheus" in _names(settings.get(name))]
    wants = settings.get(WANTS, not metrics)
    if wants and (metrics or by_callback):
        name = WANTS if WANTS in settings else by_callback[0]
        yield Violation(
            ("litellm", "litellmSettings", name),
            "the metrics want the master key, which Prometheus does not send",
            f"set {WANTS}: false: the Ingress does not let /metrics through",
        )
    elif metrics and isinstance(settings.get("callbacks"), list) and not by_callback:
        message = "this list replaces the chart's, and with it the metrics are gone"
        yield Violation(
            ("litellm", "litellmSettings", "callbacks"), message, "add prometheus to it, or set metrics: false"
        )


def _names(callbacks: Any) -> list[Any]:
    return callbacks if isinstance(callbacks, list) else [callbacks]
