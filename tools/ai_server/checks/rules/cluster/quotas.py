"""What quotas and limits of the namespace leave to the release."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from ai_server.checks.core.model import Violation, not_checked
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import ClusterView
from ai_server.checks.subjects.copies import replicas
from ai_server.checks.subjects.pods import PodSubject, pods
from ai_server.kube.manifests import Object
from ai_server.kube.nodes import NONE, QUANTITY, human, needs, quantity
from ai_server.reading.wording import enumerated

REQUESTS = "requests."
COUNTED = ("memory", "cpu", "pods")
"""What a quota counts by its plain name."""


@rule("cluster/over-quota")
def quotas(view: ClusterView) -> Iterator[Violation]:
    """Compares the requests of all pods that keep running with each quota for all pods of the namespace."""
    unchecked = [f"LimitRange {_name(limits)}" for limits in view.facts.of_kind("LimitRange") if view.is_here(limits)]
    running = [pod for pod in pods(view) if not pod.pod.of_hook and pod.pod.owner["kind"] != "CronJob"]
    for quota in view.facts.of_kind("ResourceQuota"):
        spec: dict[str, Any] = quota.get("spec") or {}
        if not view.is_here(quota):
            continue
        if spec.get("scopes") or spec.get("scopeSelector"):
            unchecked.append(f"ResourceQuota {_name(quota)}")
            continue
        for limit, hard in (spec.get("hard") or {}).items():
            resource = str(limit).removeprefix(REQUESTS)
            if (
                (limit == resource and resource not in COUNTED)
                or resource == "storage"
                or not QUANTITY.fullmatch(str(hard))
            ):
                unchecked.append(f"{limit} of ResourceQuota {_name(quota)}")
            else:
                yield from _compared(quota, running, resource, hard)
    if unchecked:
        yield not_checked(f"{enumerated(unchecked)}: compare the pods with it yourself")


def _compared(quota: Object, running: list[PodSubject], resource: str, hard: Any) -> Iterator[Violation]:
    needed = [needs(pod.spec).get(resource, NONE) * replicas(pod.pod) for pod in running]
    wanted, allowed = sum(needed, NONE), quantity(hard)
    if wanted > allowed:
        most = max(needed)
        pod = running[needed.index(most)]
        container = max(pod.containers, key=lambda container: _requested(container.container, resource))
        keys = container.given("resources", "requests", resource) or pod.key
        request = f"the pods request {human(resource, wanted)} of {resource}"
        most_of_it = f"{pod.identity} requests {human(resource, most)}"
        message = f"{request}, but ResourceQuota {_name(quota)} allows {human(resource, allowed)}: {most_of_it}"
        yield Violation(keys, message, "request less, or raise the quota")


def _requested(container: Object, resource: str) -> Decimal:
    return needs({"containers": [container]}).get(resource, NONE)


def _name(item: Object) -> str:
    return str((item.get("metadata") or {}).get("name", ""))
