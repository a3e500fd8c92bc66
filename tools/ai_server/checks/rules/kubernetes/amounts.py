"""Amounts of resources and of seconds."""

import re
from collections.abc import Iterator
from decimal import Decimal

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.subjects.per import per_container, per_pod
from ai_server.checks.subjects.pods import ContainerSubject, PodSubject
from ai_server.kube.nodes import human, is_resource, quantity
from ai_server.near import choice
from ai_server.reading.edit import Change
from ai_server.reading.profiles import Keys

RESOURCES = ("cpu", "memory", "ephemeral-storage")
WITH_UNIT = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*([kKmMgGtT])i?[bB]?\s*")
"""An amount of memory with the unit of another system: 100GB, 16 gib."""
OF_PROCESSORS = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*(m?)(?:illi)?\s*(?:v?cpus?|cores?)?\s*", re.IGNORECASE)
"""An amount of processors in words, or with a comma: 2 cores, 500 mCPU, 0,5."""
MOST_PROCESSORS = 10_000
GRACE_SECONDS = 30
"""The default of Kubernetes."""


@rule("kubernetes/quantity")
@per_container
def amounts(container: ContainerSubject) -> Iterator[Violation]:
    """Checks each request and limit, and each limit against its request."""
    for kind in ("requests", "limits"):
        for name, amount in container.resources.get(kind, {}).items():
            if not is_resource(name):
                # gpu, which is near to cpu, means a device
                near = choice(name, (*RESOURCES, "gpu"))
                fix = f"use {near}" if near in RESOURCES else "use cpu, memory or a device such as amd.com/gpu"
                message = f"{name} is not a resource of Kubernetes"
                yield Violation(container.written("resources", kind, name), message, fix)
            elif why := _wrong(name, amount):
                yield _amount(container.written("resources", kind, name), name, str(amount), why)
    yield from _pairs(container)


def _amount(keys: Keys, name: str, amount: str, why: str) -> Violation:
    """An invalid amount, with the one that was probably meant: 100Gi for 100GB."""
    violation = Violation(keys, f"{amount} {why}", 'use an amount such as "500m", 2, 512Mi or 16Gi')
    unit = (OF_PROCESSORS if name == "cpu" else WITH_UNIT).fullmatch(amount)
    if not unit:
        return violation
    suffix = unit[2].lower() if name == "cpu" else f"{unit[2].upper()}i"
    return violation.use(f"{unit[1].replace(',', '.')}{suffix}", certain=False)


def _pairs(container: ContainerSubject) -> Iterator[Violation]:
    limits = container.resources.get("limits", {})
    for name, amount in container.resources.get("requests", {}).items():
        equal = "/" in name or name.startswith("hugepages-")
        if equal and name not in limits:
            message = f"{container.pod.identity}: {name} is requested without a limit, and devices need both"
            keys = container.written("resources", "requests", name)
            change = Change("set", (*keys[:-2], "limits", name), amount)
            yield Violation(keys, message, f"set limits: {{{name}: {amount}}} as well", changes=(change,))
        elif name in limits and not _wrong(name, amount) and not _wrong(name, limits[name]):
            requested, limit = quantity(amount), quantity(limits[name])
            if requested > limit or (equal and requested != limit):
                comparison = "differs from" if equal else "is below"
                request = f"its request of {human(name, requested)}"
                message = f"{container.pod.identity}: the limit of {name} {comparison} {request}"
                keys = container.place("resources", "limits", name)
                yield Violation(keys, message, f"use at least {amount}", at=container.pod.identity)


def _wrong(name: str, amount: object) -> str:
    try:
        number = quantity(amount)
    except ValueError:
        return f"is not a valid amount of {name}"
    if number < 0:
        return f"is a negative amount of {name}"
    if name == "cpu" and number > MOST_PROCESSORS:
        return f"means {number.normalize():f} processors: m is a thousandth, M a million"
    if "/" in name and number % 1 != Decimal(0):
        return f"is not a whole number of {name}"
    return ""


@rule("kubernetes/grace-period")
@per_pod
def stop_hooks(pod: PodSubject) -> Iterator[Violation]:
    """Compares the grace period of a pod with the sleep of each stop hook."""
    grace = pod.spec.get("terminationGracePeriodSeconds", GRACE_SECONDS)
    for container in pod.containers:
        hook = ((container.container.get("lifecycle") or {}).get("preStop") or {}).get("sleep") or {}
        seconds = hook.get("seconds")
        if isinstance(seconds, int) and seconds >= grace:
            effect = "the API server rejects that" if seconds > grace else "no time is left to finish answers"
            message = f"{grace} s, but the stop hook of {container.name} sleeps {seconds} s: {effect}"
            yield Violation(pod.place("terminationGracePeriodSeconds"), message, f"use at least {seconds + 25}")
