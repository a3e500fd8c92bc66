"""Timeouts of LiteLLM that end before a model is loaded."""

from collections.abc import Iterator
from typing import Any

from ai_server.checks.core.keypaths import dotted
from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.gateway import gateway
from ai_server.checks.subjects.presets import presets
from ai_server.helm.gateway import Route
from ai_server.reading.profiles import Keys

A_LOAD = 300
"""What a load may take, in seconds, if startupSeconds is the chart's default, which is generous."""
ROUTER, LITELLM = ("litellm", "routerSettings"), ("litellm", "litellmSettings")
Timeout = tuple[float, Keys]


@rule("routes/shorter-than-load")
def shorter_than_load(view: RenderView) -> Iterator[Violation]:
    """Looks at models that are loaded on request or after a sleep; reports each setting once."""
    routes = {route.id: route for route in gateway(view).routes}
    reported: set[Keys] = set()
    for preset in presets(view):
        kind, _, node = preset.server.key[:3]
        route = routes.get(f"{kind}-{node}-{preset.model}")
        # one model that does not sleep is loaded before its pod is ready
        if not route or not (preset.server.router or preset.number("sleep-idle-seconds")):
            continue
        startup = preset.server.setting("startupSeconds")
        load = int(preset.server.value("startupSeconds")) if view.given(*startup) else A_LOAD
        for seconds, timeout in _timeouts(view, route, str(node)):
            keys = timeout if view.given(*timeout) else startup
            if seconds < load and keys not in reported:
                reported.add(keys)
                message = (
                    f"a request to {preset.model} waits while the model is loaded, which may take {load} s, but LiteLLM"
                    f" gives up after {seconds:g} s and counts that as a failure of the backend"
                )
                fix = f"set {dotted(timeout)} to at least {load}, or startupSeconds to what a load takes"
                yield Violation(keys, message, fix)


def _timeouts(view: RenderView, route: Route, node: str) -> Iterator[Timeout]:
    """The timeouts of a route without and with streaming, as Router._call_timeouts of litellm 1.108.14 chooses them."""
    routing = ("litellm", "routing")
    of_model = (*routing, "models", route.model)
    own = [(*of_model, "nodes", node, "params"), (*of_model, "params")]
    request_timeout = (*LITELLM, "request_timeout")
    request = [(*section, name) for name in ("timeout", "request_timeout") for section in own]
    last = [request_timeout, (*ROUTER, "timeout"), (*routing, "timeoutSeconds")]
    first = [(*section, "stream_timeout") for section in own]
    for candidates in ([*request, *last], [*first, (*ROUTER, "stream_timeout"), request_timeout, *request, *last]):
        yield from [(value, keys) for keys in candidates if (value := _number(view.get(*keys)))][:1]


def _number(value: Any) -> float:
    """The value if it is a number, else 0, which LiteLLM treats as unset."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0
