"""Connections to pods of the release that its own network policies block."""

from collections.abc import Iterator

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.hosts import hosts
from ai_server.checks.subjects.pods import ObjectSubject, PodSubject, objects, pods
from ai_server.kube.manifests import Object
from ai_server.reading.wording import enumerated

BACKENDS = {"llama-server", "vllm", "comfyui", "speaches"}
NAMESPACE = "kubernetes.io/metadata.name"
OF_NAMESPACE = "{from: [{podSelector: {}}]}"
OF_CONTROLLER = f"{{from: [{{namespaceSelector: {{matchLabels: {{{NAMESPACE}: kube-system}}}}}}]}}"
"""Items of ingress for all pods of the namespace, and for the controller of k3s."""


@rule("routes/blocked")
def blocked(view: RenderView) -> Iterator[Violation]:
    """Looks for a policy that allows each connection, as far as policies apply to its pod; ports do not count."""
    policies = [policy for policy in objects(view, "NetworkPolicy") if policy.extra and view.is_here(policy.object)]
    if not policies:
        return
    running = [pod for pod in pods(view) if not pod.workload.extra and not pod.pod.of_hook]
    gateway = next((pod for pod in running if "litellm" in _programs(pod)), None)
    closed: dict[int, list[str]] = {}
    missing: dict[int, dict[str, str]] = {}
    for pod in running:
        applied = [policy for policy in policies if _restricts(policy, pod)]
        if not applied:
            continue
        index = policies.index(applied[0])
        if gateway and BACKENDS & _programs(pod) and not _allowed(view, applied, gateway):
            closed.setdefault(index, []).append(f"LiteLLM's to {pod.identity}")
            missing.setdefault(index, {})[OF_NAMESPACE] = ""
        reached = {host.component for host in hosts(view) if host.kind == "Ingress"}
        if not reached.isdisjoint(_programs(pod)) and not _allowed(view, applied, None):
            closed.setdefault(index, []).append(f"the Ingress controller's to {pod.identity}")
            missing.setdefault(index, {})[OF_CONTROLLER] = ", with the namespace of your Ingress controller"
    for index, connections in closed.items():
        policy = policies[index]
        message = (
            f"{policy.identity} blocks connections that no policy of the release allows: {enumerated(connections)}"
        )
        items = f"{', '.join(missing[index])}{''.join(missing[index].values())}"
        fix = f"add a NetworkPolicy for these pods, or to its ingress: {items}"
        yield Violation((*policy.extra, "spec"), message, fix)


def _programs(pod: PodSubject) -> set[str]:
    return {container.program for container in pod.containers}


def _restricts(policy: ObjectSubject, pod: PodSubject) -> bool:
    """Whether a policy certainly restricts who reaches a pod."""
    of_ingress = "Ingress" in (policy.spec.get("policyTypes") or ["Ingress"])
    return of_ingress and _matches(policy.spec.get("podSelector") or {}, pod.pod.labels) is True


def _allowed(view: RenderView, policies: list[ObjectSubject], source: PodSubject | None) -> bool:
    """Whether one of the policies may allow connections of a pod of the release, or from elsewhere without one."""
    entries = [entry or {} for policy in policies for entry in policy.spec.get("ingress") or []]
    peers = [peer for entry in entries for peer in entry.get("from") or [{}]]
    return any(not peer or _admits(view, peer, source) for peer in peers)


def _admits(view: RenderView, peer: Object, source: PodSubject | None) -> bool:
    if "ipBlock" in peer or source is None:
        return peer.keys() != {"podSelector"}
    spaces = _matches(peer.get("namespaceSelector") or {}, {NAMESPACE: view.namespace}, rest=True)
    return spaces is not False and _matches(peer.get("podSelector") or {}, source.pod.labels) is not False


def _matches(selector: Object, labels: dict[str, str], *, rest: bool = False) -> bool | None:
    """Whether a selector matches labels; None if that is not known. rest: there may be more labels."""
    wanted = selector.get("matchLabels") or {}
    if any(labels.get(key, value if rest else None) != value for key, value in wanted.items()):
        return False
    return None if selector.get("matchExpressions") or (rest and wanted.keys() - labels.keys()) else True
