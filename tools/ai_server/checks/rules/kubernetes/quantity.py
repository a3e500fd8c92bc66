"""An amount that Kubernetes does not take."""

from collections.abc import Iterator
from decimal import Decimal
from difflib import get_close_matches

from ai_server.checks.engine.keypaths import origin
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.kube.manifests import Pod, identity
from ai_server.kube.nodes import human, is_resource, quantity
from ai_server.reading.profiles import Keys


@rule("kubernetes/quantity")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each request or limit that is no amount, and for each limit below its request."""
    for pod in view.manifests.pods():
        for container in pod.containers():
            resources = container.get("resources") or {}
            for kind in ("requests", "limits"):
                for name, amount in (resources.get(kind) or {}).items():
                    view.count("amounts")
                    if not is_resource(name):
                        keys = _keys(view, pod, container["name"], kind, name)
                        near = get_close_matches(name, ("cpu", "memory", "ephemeral-storage"), n=1, cutoff=0.4)
                        fix = f"write {near[0]}" if near else "write cpu, memory or a device such as amd.com/gpu"
                        yield Violation(keys, f"{name} is no resource that Kubernetes knows", fix)
                    elif why := _wrong(name, amount):
                        keys = _keys(view, pod, container["name"], kind, name)
                        yield Violation(keys, f"{amount} {why}", 'write an amount such as "500m", 2, 512Mi or 16Gi')
            yield from _pairs(view, pod, container["name"], resources)


def _pairs(view: RenderView, pod: Pod, container: str, resources: dict[str, dict[str, str]]) -> Iterator[Violation]:
    limits = resources.get("limits") or {}
    for name, amount in (resources.get("requests") or {}).items():
        if name in limits and not _wrong(name, amount) and not _wrong(name, limits[name]):
            asked, most = quantity(amount), quantity(limits[name])
            if asked > most or ("/" in name and asked != most):
                less = "differs from" if "/" in name else "is below"
                message = f"{identity(pod.owner)}: the limit of {name} {less} its request of {human(name, asked)}"
                yield Violation(_keys(view, pod, container, "limits", name), message, f"write at least {amount}")


def _wrong(name: str, amount: object) -> str:
    try:
        number = quantity(amount)
    except ValueError:
        return f"is no amount of {name}"
    if number < 0:
        return f"is less than no {name}"
    if "/" in name and number % 1 != Decimal(0):
        return f"is no whole number of {name}"
    return ""


def _keys(view: RenderView, pod: Pod, container: str, kind: str, name: str) -> Keys:
    owner: Keys = (container,) if container in ("litellm", "openwebui") else origin(pod.owner)
    if owner == ("test",):
        return ("litellm", "test", "resources", kind, name)
    inner = (container,) if owner[:1] == ("thor",) else ()
    return view.setting(owner, *inner, "resources", kind, name)
