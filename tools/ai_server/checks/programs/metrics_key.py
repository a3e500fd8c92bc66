"""Metrics behind a key that nobody sends."""

from collections.abc import Iterator

from ai_server.checks.findings import Context, Found
from ai_server.checks.rules import Rule

RULE = Rule(
    "Metrics that Prometheus cannot read",
    severity="warning",
    why="LiteLLM wants the master key for /metrics unless told otherwise, and Prometheus then collects 401. The chart"
    " says otherwise while litellm.metrics is on; a setting of your own wins over it.",
    wrong="litellm:\n  litellmSettings: {require_auth_for_metrics_endpoint: true}",
    right="litellm:\n  litellmSettings: {require_auth_for_metrics_endpoint: false}",
)


def check(context: Context) -> Iterator[Found]:
    """A warning where metrics are on, by the chart or by callbacks, and want a key."""
    settings = context.get("litellm", "litellmSettings") or {}
    metrics = context.get("litellm", "metrics")
    callbacks = "prometheus" in (settings.get("callbacks") or [])
    wants = settings.get("require_auth_for_metrics_endpoint", not metrics)
    if wants and (metrics or callbacks):
        name = "require_auth_for_metrics_endpoint" if "require_auth_for_metrics_endpoint" in settings else "callbacks"
        keys = ("litellm", "litellmSettings", name)
        yield Found(
            keys,
            "the metrics want the master key, which Prometheus does not send",
            "set require_auth_for_metrics_endpoint: false: the Ingress does not let /metrics through",
        )
    elif metrics and isinstance(settings.get("callbacks"), list) and not callbacks:
        message = "this list replaces the chart's, and with it the metrics are gone"
        yield Found(("litellm", "litellmSettings", "callbacks"), message, "add prometheus to it, or set metrics: false")
