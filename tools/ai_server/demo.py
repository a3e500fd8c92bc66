"""The demo: the chart installed on a mocked cluster, and what is then read back from that cluster."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ai_server import programs
from ai_server.clusters import cluster as cluster_of
from ai_server.live import api_client, core
from ai_server.profiles import profile
from ai_server.programs.builder import progress
from ai_server.release import Release
from ai_server.routes import Route, host_of, model_list, route

CLUSTER = "ai-server"
PROGRAMS = (
    "helm",
    "kubectl",
    "kwok",
    "kwokctl",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "etcd",
)


@dataclass(frozen=True)
class PodRow:
    """A pod as the cluster has it."""

    name: str
    node: str
    gpu: str
    state: str


@dataclass(frozen=True)
class RouteRow:
    """A route of the gateway's configuration in the cluster, and its ready endpoints."""

    route: Route
    ready: int


@dataclass
class Seen:
    """What the demo shows. times are seconds."""

    pods: list[PodRow] = field(default_factory=list)
    routes: list[RouteRow] = field(default_factory=list)
    next_steps: list[str] = field(default_factory=list)
    times: dict[str, float] = field(default_factory=dict)

    @property
    def dead(self) -> list[str]:
        """Models with a route of the release's own behind which nothing is ready."""
        return sorted({row.route.model for row in self.routes if not row.route.external and not row.ready})


def run(profile_name: str) -> Seen:
    """Programs, cluster, install or upgrade; returns what is read back. UserError where a step fails."""
    wanted = profile(profile_name)
    seen = Seen()
    with _timed(seen, "programs"):
        programs.ensure(PROGRAMS)
    mock = cluster_of(CLUSTER)
    with _timed(seen, "cluster"), progress(f"cluster of values/{wanted.name}"):
        mock.up(wanted.cluster)
    release = Release(mock.kubeconfig)
    with _timed(seen, "release"), progress("helm upgrade --install ai-server, until all is ready"):
        release.install_or_upgrade(wanted.files)
    seen.pods, seen.routes = read_back(release)
    seen.next_steps = _next_steps(release)
    return seen


def down() -> bool:
    """Removes the demo's cluster; False when there was none."""
    return cluster_of(CLUSTER).down()


def read_back(release: Release) -> tuple[list[PodRow], list[RouteRow]]:
    """The release's pods, and its gateway's routes with the ready endpoints behind them, from the cluster."""
    from kubernetes import client

    api = api_client(release.kubeconfig)
    cluster = core(api)
    discovery: Any = client.DiscoveryV1Api(api)
    ours = f"app.kubernetes.io/instance={release.name}"
    pods = cluster.list_namespaced_pod(release.namespace, label_selector=ours).items
    rows = sorted((_pod_row(pod) for pod in pods if not pod.metadata.deletion_timestamp), key=lambda row: row.name)
    plain = api.sanitize_for_serialization
    config_maps = [
        plain(item) for item in cluster.list_namespaced_config_map(release.namespace, label_selector=ours).items
    ]
    slices = discovery.list_namespaced_endpoint_slice(release.namespace, label_selector=ours).items
    services = {item.metadata.name for item in cluster.list_namespaced_service(release.namespace).items}
    found = []
    for entry in model_list(config_maps):
        service = host_of(entry["litellm_params"].get("api_base", ""))
        ready = [
            endpoint
            for piece in slices
            if piece.metadata.labels.get("kubernetes.io/service-name") == service
            for endpoint in piece.endpoints or []
            # `serving`: `ready` is always true of Services that publish not-ready addresses
            if endpoint.conditions.serving
        ]
        nodes = sorted({endpoint.node_name or "" for endpoint in ready})
        found.append(RouteRow(route(entry, service if service in services else "", nodes), len(ready)))
    return rows, sorted(found, key=lambda row: (row.route.model, row.route.backend))


def _pod_row(pod: Any) -> PodRow:
    limits = [container.resources.limits or {} for container in pod.spec.containers if container.resources]
    gpus = sorted({f"{key} {amount}" for limit in limits for key, amount in limit.items() if "/gpu" in key})
    shared = pod.spec.runtime_class_name
    ready = sum(status.ready for status in pod.status.container_statuses or [])
    state = f"{pod.status.phase}, {ready} of {len(pod.spec.containers)} ready"
    return PodRow(
        pod.metadata.name,
        pod.spec.node_name or "",
        ", ".join(gpus) or (f"by runtime class {shared}" if shared else ""),
        state,
    )


def _next_steps(release: Release) -> list[str]:
    helm, kubectl = programs.find("helm"), programs.find("kubectl")
    return [
        f"export KUBECONFIG={release.kubeconfig}",
        f"{kubectl} -n {release.namespace} get pods,services -o wide",
        f"{helm} -n {release.namespace} history {release.name}",
        f"{helm} -n {release.namespace} get notes {release.name}",
        "ai-server check -f values/homelab/values.yaml --cluster values/homelab/cluster.yaml   (uv run ai-server ...)",
        "make demo-down removes it; make demo again upgrades in place",
        "The nodes are simulated: pods are scheduled and said to be ready, but no container runs and nothing answers.",
    ]


@contextmanager
def _timed(seen: Seen, what: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    seen.times[what] = time.monotonic() - started
