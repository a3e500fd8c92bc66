"""Settings that stop LiteLLM from starting or from answering Prometheus, or that reload models again and again."""

from collections.abc import Iterator
from typing import Any

from ai_server.checks import facts
from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView, ValuesView
from ai_server.checks.subjects.gateway import gateway
from ai_server.checks.subjects.hosts import forwarded_to_api
from ai_server.checks.subjects.master_key import empty_key, open_to_all
from ai_server.checks.subjects.presets import Preset, presets_of
from ai_server.checks.subjects.programs import programs
from ai_server.reading.profiles import Keys

CHECKS: Keys = ("litellm", "generalSettings", "background_health_checks")
SECONDS_BETWEEN_CHECKS = 300
"""LiteLLM's default of health_check_interval."""
WANTS_KEY = "require_auth_for_metrics_endpoint"
CALLBACKS = ("callbacks", "success_callback", "failure_callback")


@rule("programs/empty-key")
def empty_master_key(view: RenderView) -> Iterator[Violation]:
    """Looks at general_settings and at the variable that the key comes from."""
    keys = empty_key(view)
    if keys and not open_to_all(view):
        yield Violation(keys, "LiteLLM does not start with an empty master key").remove(": the chart creates one")


@rule("programs/setting-twice")
def setting_twice(view: ValuesView) -> Iterator[Violation]:
    """Looks at the pairs of facts/litellm_twice.yaml; the same value twice is harmless."""
    for idle, winners in facts.table("litellm_twice").items():
        keys: Keys = ("litellm", *idle.split("."))
        for winner in winners:
            other: Keys = ("litellm", *winner.split("."))
            if view.given(*keys) and view.given(*other) and view.get(*keys) and view.get(*keys) != view.get(*other):
                yield Violation(keys, f"has no effect, because {winner} is set too").remove(certain=False)


@rule("programs/metrics-key")
def metrics_key(view: RenderView) -> Iterator[Violation]:
    """Reports metrics that require a key, and callbacks that turn metrics off."""
    settings, metrics = view.get("litellm", "litellmSettings"), view.get("litellm", "metrics")
    by_callback = [name for name in CALLBACKS if "prometheus" in _as_list(settings.get(name))]
    if settings.get(WANTS_KEY, not metrics) and (metrics or by_callback) and not forwarded_to_api(view, "/metrics"):
        keys = ("litellm", "litellmSettings", WANTS_KEY if WANTS_KEY in settings else by_callback[0])
        message = "the metrics require the master key, which Prometheus does not send"
        yield Violation(keys, message, f"set {WANTS_KEY}: false: the Ingress does not let /metrics through")
    elif metrics and isinstance(settings.get("callbacks"), list) and not by_callback:
        keys = ("litellm", "litellmSettings", "callbacks")
        message = "this list replaces the chart's, which turns the metrics off"
        yield Violation(keys, message, "add prometheus to it, or set metrics: false")


def _as_list(callbacks: Any) -> list[Any]:
    return callbacks if isinstance(callbacks, list) else [callbacks]


@rule("programs/health-checks")
def health_checks(view: RenderView) -> Iterator[Violation]:
    """Compares the checked models of each llama-server with the number that it keeps; looks for those that sleep."""
    settings = gateway(view).settings("general_settings")
    if not settings.get("background_health_checks"):
        return
    interval = settings.get("health_check_interval", SECONDS_BETWEEN_CHECKS)
    keys = CHECKS if view.given(*CHECKS) else ("litellm", "healthChecks", "enabled")
    checked = {route.id for route in gateway(view).routes if route.checked}
    for server in programs(view, "llama-server"):
        name, most = server.key[-1], dict(server.flags).get("--models-max", "")
        presets = [preset for preset in presets_of(server) if f"{server.key[0]}-{name}-{preset.model}" in checked]
        models = [preset.model for preset in presets]
        if server.router and most.isdecimal() and 0 < int(most) < len(models):
            message = f"{name} keeps {most} of {', '.join(models)} in memory, and each check loads the next"
            yield Violation(keys, message, f"set it to false, or set modelsMax: {len(models)} if they fit")
        asleep = [preset.model for preset in presets if _sleeps(preset)]
        if asleep:
            message = f"a check every {interval} s wakes {' and '.join(asleep)} on {name}, or prevents any sleep"
            setting = f"disable_background_health_check: true in litellm.routing.models.{asleep[0]}.modelInfo"
            yield Violation(keys, message, f"set it to false, or set {setting}")


def _sleeps(preset: Preset) -> bool:
    seconds, _ = preset.read("sleep-idle-seconds")
    return seconds.isdecimal() and int(seconds) > 0
