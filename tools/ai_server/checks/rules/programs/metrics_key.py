"""Metrics behind a key that nobody sends, or without one where anybody can ask."""

from collections.abc import Iterator
from typing import Any

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.running import running

RULE = Rule(
    "Metrics that Prometheus cannot read, or that everybody can",
    severity="warning",
    why="LiteLLM wants the master key for /metrics unless told otherwise, and Prometheus then collects 401. The chart"
    " says otherwise while litellm.metrics is on; a setting of your own wins over it. --prometheus_metrics_port serves"
    " them without a key on a port that the chart knows nothing of.",
    wrong="litellm:\n  litellmSettings: {require_auth_for_metrics_endpoint: true}",
    right="litellm:\n  litellmSettings: {require_auth_for_metrics_endpoint: false}",
)
WANTS = "require_auth_for_metrics_endpoint"
CALLBACKS = ("callbacks", "success_callback", "failure_callback")
PORT = "--prometheus_metrics_port"


def check(context: Context) -> Iterator[Found]:
    """A warning where metrics are on, by the chart or by callbacks, and want a key; and for a port of their own."""
    settings = context.get("litellm", "litellmSettings") or {}
    metrics = context.get("litellm", "metrics")
    by_callback = [name for name in CALLBACKS if "prometheus" in _names(settings.get(name))]
    wants = settings.get(WANTS, not metrics)
    if wants and (metrics or by_callback):
        name = WANTS if WANTS in settings else by_callback[0]
        yield Found(
            ("litellm", "litellmSettings", name),
            "the metrics want the master key, which Prometheus does not send",
            f"set {WANTS}: false: the Ingress does not let /metrics through",
        )
    elif metrics and isinstance(settings.get("callbacks"), list) and not by_callback:
        message = "this list replaces the chart's, and with it the metrics are gone"
        yield Found(("litellm", "litellmSettings", "callbacks"), message, "add prometheus to it, or set metrics: false")
    for each in running(context):
        if each.program == "litellm" and any(flag == PORT for flag, _ in each.flags):
            message = "the metrics have a port of their own, which asks for no key"
            yield Found(each.argument_key(PORT), message, "take it out: /metrics/ on the API's port has them")


def _names(callbacks: Any) -> list[Any]:
    return callbacks if isinstance(callbacks, list) else [callbacks]
