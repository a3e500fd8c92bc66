"""What the namespace of the release admits."""

from collections.abc import Iterator
from typing import get_args

from ai_server.checks.core.model import Violation, not_checked
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import ClusterView
from ai_server.checks.subjects.pod_security import Level, level, reasons, written_at
from ai_server.checks.subjects.pods import PodSubject, pods

ENFORCE = "pod-security.kubernetes.io/enforce"
LEVELS = get_args(Level)
"""From the strictest to the one that admits every pod."""


@rule("cluster/pod-security")
def admission(view: ClusterView) -> Iterator[Violation]:
    """Compares the level of each pod with the one that the namespace enforces."""
    levels = {pod.identity: LEVELS.index(level(pod.pod)) for pod in pods(view)}
    if not any(levels.values()):
        return
    if not view.facts.knows("Namespace"):
        yield not_checked(f"which pods namespace {view.namespace} admits: {view.facts.source} lists no Namespaces")
        return
    enforced = _enforced(view)
    rejected = [pod for pod in pods(view) if levels[pod.identity] > LEVELS.index(enforced)]
    if rejected:
        yield _rejected(view, rejected, enforced, LEVELS[max(levels.values())])


def _enforced(view: ClusterView) -> str:
    """The level that the namespace enforces; one that does not exist yet is created without labels."""
    existing = (item["metadata"] for item in view.facts.of_kind("Namespace"))
    labels = {namespace["name"]: namespace.get("labels") or {} for namespace in existing}.get(view.namespace, {})
    enforced = str(labels.get(ENFORCE))
    return enforced if enforced in LEVELS else LEVELS[-1]


def _rejected(view: ClusterView, rejected: list[PodSubject], enforced: str, needed: str) -> Violation:
    pod = rejected[0]
    reason = next(item for item in reasons(pod.pod) if LEVELS.index(item.level) > LEVELS.index(enforced))
    more = f" and {len(rejected) - 1} more" if len(rejected) > 1 else ""
    message = f"namespace {view.namespace} enforces Pod Security {enforced}, which rejects the pods of"
    label = f"kubectl label namespace {view.namespace} {ENFORCE}={needed} --overwrite"
    return Violation(written_at(pod, reason), f"{message} {pod.identity}{more}: {reason.text}", label)
