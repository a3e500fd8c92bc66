"""Helpers of the cluster tests: waiting, pods by workload, commands in containers, and the output of failed tests."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from kubernetes import client as kubernetes
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from ai_server.helm.release import Release
from ai_server.lab import programs, talk
from ai_server.lab.clusters import Cluster

NAMESPACE = "ai-server-test"  # only for tests: at the end, everything in it is removed
PATIENCE_SECONDS = 90
NOT_A_TEST = "app.kubernetes.io/component!=test"
Installed = str


@contextmanager
def gateway_client(release: Release) -> Iterator[Any]:
    """OpenAI's client of the release's gateway, with its key."""
    with talk.forwarded(release, f"service/{talk.gateway(release)}", 4000) as url:
        yield talk.client(url, talk.key(release))


def clean(release: Release, api: Any) -> None:
    """Removes a release, and what Helm keeps of it."""
    if release.exists():
        release.uninstall()
    for remove in (
        api.delete_collection_namespaced_persistent_volume_claim,
        api.delete_collection_namespaced_secret,
        api.delete_collection_namespaced_pod,
    ):
        remove(release.namespace)

    def gone() -> None:
        # a claim is deleted after its pod: a release installed before that would find it, and then lose it
        assert not api.list_namespaced_persistent_volume_claim(release.namespace).items
        assert not api.list_namespaced_pod(release.namespace).items

    eventually(gone)


def eventually(assertion: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> Any:
    """What assertion returns, once it no longer fails; a pod, key or state that it reads may be missing until then."""
    again = retry(
        retry=retry_if_exception_type((AssertionError, LookupError, AttributeError)),
        stop=stop_after_delay(seconds),
        wait=wait_fixed(0.3),
        reraise=True,
    )
    return again(assertion)()


def settle(release: Release, api: Any) -> None:
    """Waits for what Helm does not: old pods gone, and the ready ones behind each Service."""
    discovery = kubernetes.DiscoveryV1Api(api.api_client)

    def settled() -> None:
        found = lasting(api, release)
        assert [pod.metadata.name for pod in found if pod.metadata.deletion_timestamp or not ready(pod)] == []
        for service in api.list_namespaced_service(release.namespace, label_selector=ours(release)).items:
            wanted = service.spec.selector.items()
            behind = {pod.metadata.name for pod in found if wanted <= pod.metadata.labels.items()}
            assert endpoints(discovery, release, service.metadata.name).keys() == behind

    eventually(settled)


def endpoints(discovery: Any, release: Release, service: str) -> dict[str, str]:
    """The pods behind a Service that are ready, each with its node."""
    slices = discovery.list_namespaced_endpoint_slice(
        release.namespace, label_selector=f"kubernetes.io/service-name={service}"
    )
    found = [endpoint for piece in slices.items for endpoint in piece.endpoints or [] if endpoint.conditions.ready]
    return {endpoint.target_ref.name: endpoint.node_name for endpoint in found}


def lasting(api: Any, release: Release) -> list[Any]:
    """The release's pods, without its tests and without what a kubelet rejected or evicted, which stay as a record."""
    found = api.list_namespaced_pod(release.namespace, label_selector=f"{ours(release)},{NOT_A_TEST}").items
    return [pod for pod in found if pod.status.phase not in ("Failed", "Succeeded")]


def ours(release: Release) -> str:
    """The label of the release's objects."""
    return f"app.kubernetes.io/instance={release.name}"


def pods(api: Any, release: Release) -> dict[str, Any]:
    """The release's pods that are not being deleted, by the name of their workload."""
    return {owner(pod): pod for pod in lasting(api, release) if not pod.metadata.deletion_timestamp}


def uids(api: Any, release: Release) -> dict[str, str]:
    """The uid of each workload's pod, which a new pod changes."""
    return {name: pod.metadata.uid for name, pod in pods(api, release).items()}


def owner(pod: Any) -> str:
    """The workload's name, without the hashes of a Deployment's pod."""
    reference = pod.metadata.owner_references[0]
    return str(reference.name.rsplit("-", 1)[0] if reference.kind == "ReplicaSet" else pod.metadata.name)


def ready(pod: Any) -> bool:
    """Whether the pod is Ready."""
    return any(condition.type == "Ready" and condition.status == "True" for condition in pod.status.conditions or [])


def kubectl(release: Release | Cluster, *arguments: str, stdin: str | None = None, check: bool = True) -> str:
    """What kubectl prints in the release's namespace."""
    command = [str(programs.find("kubectl")), f"--kubeconfig={release.kubeconfig}", f"--namespace={NAMESPACE}"]
    run = subprocess.run([*command, *arguments], input=stdin, capture_output=True, text=True, check=False)
    assert not check or run.returncode == 0, f"kubectl {' '.join(arguments)}: {run.stderr}"
    return run.stdout + (run.stderr if run.returncode else "")


def inside(release: Release, pod: Any, container: str, *command: str) -> str:
    """What a command prints inside a container."""
    return kubectl(release, "exec", pod.metadata.name, f"--container={container}", "--", *command)


def fault(release: Release, pod: Any, container: str, what: str, port: int) -> None:
    """Sets the fault of a mock; "" removes it."""
    code = f"import urllib.request as u; u.urlopen('http://127.0.0.1:{port}/mock', data={what!r}.encode(), timeout=5)"
    kubectl(release, "exec", pod.metadata.name, f"--container={container}", "--", "python3", "-c", code, check=False)


def diagnose(made: Cluster) -> str:
    """Pods, the states and last log lines of failed containers, and the last events."""
    said = kubectl(made, "get", "pods", "-o", "json", check=False)
    if not said.startswith("{"):
        return said  # the cluster does not exist yet, or is removed already
    found = json.loads(said)
    lines = [kubectl(made, "get", "pods", "-o", "wide", check=False)]
    for pod in found["items"]:
        name = pod["metadata"]["name"]
        statuses = pod["status"].get("initContainerStatuses", []) + pod["status"].get("containerStatuses", [])
        for status in [container for container in statuses if not container["ready"]]:
            lines.append(
                f"{name} {status['name']}: {json.dumps(status['state'])} before: {json.dumps(status.get('lastState'))}"
            )
            lines.append(kubectl(made, "logs", name, f"--container={status['name']}", "--tail=8", check=False))
    lines.append(kubectl(made, "get", "events", "--sort-by=.lastTimestamp", check=False)[-3000:])
    return "\n".join(lines)
