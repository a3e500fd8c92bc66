"""The demo: installs the chart on a mocked cluster, and reads back what runs there."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from ai_server.helm.gateway import Route, gateway_of
from ai_server.helm.release import Release
from ai_server.helm.render import render
from ai_server.kube.addresses import service_of
from ai_server.kube.cluster_facts import read_facts
from ai_server.kube.live import api_client, core
from ai_server.lab import programs, talk
from ai_server.lab.clusters import cluster as cluster_of
from ai_server.lab.clusters.stand_in import PAGE, PAGE_NODE_PORT, StandIn, choose, needed
from ai_server.lab.page import PageSeen, look
from ai_server.lab.talk import Answer
from ai_server.progress import progress
from ai_server.reading.profiles import load, profile

CLUSTER = NAMESPACE = "ai-server"
WAIT_SECONDS = 360
"""Open WebUI's first start takes a minute on a small machine."""
PROGRAMS = {
    "kwok": ("kwok", "kwokctl", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"),
    "kind": ("kind",),  # the rest is in the node image
}
BACKENDS = tuple(PROGRAMS)
NOT_SHOWN = (
    "The nodes are simulated: pods are scheduled and reported as ready, but no container runs and nothing answers."
)


@dataclass(frozen=True)
class PodRow:
    """A pod in the cluster."""

    name: str
    node: str
    gpu: str
    state: str


@dataclass(frozen=True)
class RouteRow:
    """A route in the gateway's configuration in the cluster, and the number of its ready endpoints."""

    route: Route
    ready: int


@dataclass
class Seen:
    """The results of the demo. times are in seconds; not_shown says what this machine cannot show, and why."""

    pods: list[PodRow] = field(default_factory=list)
    routes: list[RouteRow] = field(default_factory=list)
    next_steps: list[str] = field(default_factory=list)
    times: dict[str, float] = field(default_factory=dict)
    answer: Answer | None = None
    page: PageSeen | None = None
    not_shown: str = ""

    @property
    def dead(self) -> list[str]:
        """The models of the release that have a route without a ready endpoint."""
        return sorted({row.route.model for row in self.routes if not row.route.external and not row.ready})


def run(profile_name: str, backend: str = "auto", *, real_page: bool = True) -> Seen:
    """Starts the cluster, installs or upgrades the release, asks a question, opens the page, and returns the results.
    UserError if a step fails.
    """
    wanted = profile(profile_name)
    seen = Seen()
    stand_in = choose(wanted, backend, real_page=real_page)
    for other in set(BACKENDS) - {stand_in.backend}:
        if cluster_of(CLUSTER, other).down():
            print(f"removed the demo's {other} cluster")
    mock = _cluster(stand_in)
    manifests = render(load(stand_in.files).values, namespace=NAMESPACE)
    facts = read_facts(wanted.cluster)
    if stand_in.backend == "kind":
        facts = facts.only(needed(manifests, facts))
    with _timed(seen, "programs"):
        programs.ensure([*PROGRAMS[stand_in.backend], "helm", "kubectl"])
    with _timed(seen, "cluster"), progress(f"start a {stand_in.backend} cluster for values/{wanted.name}"):
        mock.up(facts)
    with _timed(seen, "images"), progress("load images into the nodes that need them"):
        mock.prepare(manifests, facts)
    release = Release(mock.kubeconfig, namespace=NAMESPACE)
    with _timed(seen, "release"), progress("helm upgrade --install ai-server, and wait until all pods are ready"):
        # the page rejects websockets from an address that it does not know
        values = {"openwebui": {"url": mock.address()}} if PAGE in stand_in.files else None
        release.install_or_upgrade(stand_in.files, timeout_seconds=WAIT_SECONDS, values=values)
    seen.pods, seen.routes = read_back(release)
    chat = [row.route.model for row in seen.routes if row.route.mode == "chat"]
    if stand_in.backend == "kind" and chat:
        with _timed(seen, "question"), progress(f"ask {chat[0]}"):
            seen.answer = talk.ask(release, chat[0])
        if PAGE in stand_in.files:
            with _timed(seen, "page"), progress("open the page in a browser"):
                seen.page = look(release, mock.address(), mock.kubeconfig.with_name("page.png"))
    else:
        seen.not_shown = NOT_SHOWN + (f" ({stand_in.why})" if stand_in.why else "")
    seen.next_steps = _next_steps(release, seen.answer)
    return seen


def _cluster(stand_in: StandIn) -> Any:
    options = {"publish": PAGE_NODE_PORT} if PAGE in stand_in.files else {}
    return cluster_of(CLUSTER, stand_in.backend, **options)


def down() -> bool:
    """Removes the demo's cluster; False if there was none."""
    removed = [cluster_of(CLUSTER, backend).down() for backend in BACKENDS]
    return any(removed)


def read_back(release: Release) -> tuple[list[PodRow], list[RouteRow]]:
    """The pods of the release, and the routes of its gateway with their ready endpoints, read from the cluster."""
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
    routes = []
    for route in gateway_of(config_maps).routes:
        service = service_of(route.api_base, release.namespace)
        ready = [
            endpoint
            for piece in slices
            if piece.metadata.labels.get("kubernetes.io/service-name") == service
            for endpoint in piece.endpoints or []
            # not `ready`, which is always true for Services that publish not-ready addresses
            if endpoint.conditions.serving
        ]
        nodes = tuple(sorted({endpoint.node_name or "" for endpoint in ready}))
        resolved = replace(route, service=service if service in services else "", nodes=nodes)
        routes.append(RouteRow(resolved, len(ready)))
    return rows, sorted(routes, key=lambda row: (row.route.model, row.route.backend))


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


def _next_steps(release: Release, answer: Answer | None) -> list[str]:
    helm, kubectl = programs.find("helm"), programs.find("kubectl")
    steps = [
        f"export KUBECONFIG={release.kubeconfig}",
        f"{kubectl} -n {release.namespace} get pods,services -o wide",
        f"{helm} -n {release.namespace} history {release.name}",
        f"{helm} -n {release.namespace} get notes {release.name}",
        ".venv/bin/ai-server check -f values/homelab/values.yaml --cluster values/homelab/cluster.yaml",
        "make demo-down removes it; make demo again upgrades in place",
    ]
    return [*steps, *(talk.next_question(release, answer.model) if answer else [])]


@contextmanager
def _timed(seen: Seen, what: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    seen.times[what] = time.monotonic() - started
