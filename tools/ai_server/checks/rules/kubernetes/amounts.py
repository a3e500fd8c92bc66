"""Rules about amounts: of resources, and of seconds."""

from collections.abc import Iterator
from decimal import Decimal
from difflib import get_close_matches

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.subjects.per import per_container, per_pod
from ai_server.checks.subjects.pods import ContainerSubject, PodSubject
from ai_server.kube.nodes import human, is_resource, quantity

GRACE_SECONDS = 30
"""Kubernetes' own, of a pod that says nothing."""


@rule("kubernetes/quantity")
@per_container
def amounts(container: ContainerSubject) -> Iterator[Violation]:
    """Each request and limit is an amount of a resource, and no limit is below its request."""
    for kind in ("requests", "limits"):
        for name, amount in container.resources.get(kind, {}).items():
            if not is_resource(name):
                near = get_close_matches(name, ("cpu", "memory", "ephemeral-storage"), n=1, cutoff=0.4)
                fix = f"write {near[0]}" if near else "write cpu, memory or a device such as amd.com/gpu"
                message = f"{name} is no resource that Kubernetes knows"
                yield Violation(container.written("resources", kind, name), message, fix)
            elif why := _wrong(name, amount):
                keys, fix = (
                    container.written("resources", kind, name),
                    'write an amount such as "500m", 2, 512Mi or 16Gi',
                )
                yield Violation(keys, f"{amount} {why}", fix)
    yield from _pairs(container)


def _pairs(container: ContainerSubject) -> Iterator[Violation]:
    limits = container.resources.get("limits", {})
    for name, amount in container.resources.get("requests", {}).items():
        if name in limits and not _wrong(name, amount) and not _wrong(name, limits[name]):
            asked, most = quantity(amount), quantity(limits[name])
            if asked > most or ("/" in name and asked != most):
                less = "differs from" if "/" in name else "is below"
                request = f"its request of {human(name, asked)}"
                message = f"{container.pod.identity}: the limit of {name} {less} {request}"
                yield Violation(container.place("resources", "limits", name), message, f"write at least {amount}")


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


@rule("kubernetes/grace-period")
@per_pod
def stop_hooks(pod: PodSubject) -> Iterator[Violation]:
    """A pod has more seconds to end in than its stop hooks sleep."""
    grace = pod.spec.get("terminationGracePeriodSeconds", GRACE_SECONDS)
    for container in pod.containers:
        hook = ((container.container.get("lifecycle") or {}).get("preStop") or {}).get("sleep") or {}
        seconds = hook.get("seconds")
        if isinstance(seconds, int) and seconds >= grace:
            then = "the API server refuses that" if seconds > grace else "nothing is left to finish answers in"
            message = f"{grace} s, and the stop hook of {container.name} sleeps {seconds} s: {then}"
            yield Violation(pod.place("terminationGracePeriodSeconds"), message, f"write at least {seconds + 25}")
