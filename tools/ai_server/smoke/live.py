"""A release on a cluster: its gateway, its key, and its llama-servers."""

import base64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ai_server.errors import UserError
from ai_server.helm.gateway import Gateway, gateway_of, key_reference
from ai_server.kube.addresses import service_of
from ai_server.kube.boards import Board, boards
from ai_server.kube.live import YOUR_CLUSTER, api_client, core, if_there, why_not
from ai_server.kube.machines import guessed_board
from ai_server.kube.manifests import Object
from ai_server.kube.nodes import labels
from ai_server.smoke.asked import Result
from ai_server.smoke.gpus import SERVER, Server
from ai_server.smoke.stopped import stopped

PRODUCT = ("nvidia.com/gpu.product", "amd.com/gpu.product-name")
"""The labels for the name of a card, of NVIDIA's GPU feature discovery and AMD's node labeller."""
LOG_BYTES = 200_000
PENDING = "pods that do not run"
"""The kind under which those are listed; the others are below Pod."""


@dataclass(frozen=True)
class Live:
    """The objects of a release."""

    name: str
    namespace: str
    kubeconfig: str | None
    listed: dict[str, list[Object]]

    @cached_property
    def gateway(self) -> Gateway:
        """LiteLLM's configuration; UserError if the release has none."""
        found = gateway_of(self.listed["ConfigMap"])
        if not found.routes:
            where = f"release {self.name} in namespace {self.namespace}"
            raise UserError(f"{where} has no gateway with a route", hint="--release and --namespace name another one")
        return found

    @property
    def service(self) -> tuple[str, int]:
        """The name and the port of the gateway's Service."""
        for service in self.listed["Service"]:
            if labels(service).get("app.kubernetes.io/component") == "litellm":
                return service["metadata"]["name"], int(service["spec"]["ports"][0]["port"])
        raise UserError(f"release {self.name} has no Service for its gateway", code=1)

    @property
    def key(self) -> str:
        """The API key, from the Secret that the gateway reads; "" if that cannot be read."""
        containers = (container for pod in self.listed["Pod"] for container in pod["spec"]["containers"])
        name, key = key_reference(containers) or ("", "")
        secret = next((item for item in self.listed["Secret"] if item["metadata"]["name"] == name), {})
        return base64.b64decode((secret.get("data") or {}).get(key, "")).decode()

    @property
    def stopped(self) -> list[str]:
        """Sentences about pods that an init container keeps from starting."""
        return list(stopped(self.listed[PENDING]))

    def servers(self, results: Sequence[Result]) -> Iterator[Server]:
        """Each llama-server that runs, with the results of its routes."""
        for pod in self.listed["Pod"]:
            containers = [item for item in pod["spec"]["containers"] if item["name"] == SERVER]
            for container in containers:
                node = pod["spec"].get("nodeName", "")
                routes = {route.id for route in self.gateway.routes if self._leads_to(route.api_base, pod)}
                of_pod = [result for result in results if result.route in routes]
                presets = self._presets(pod)
                yield Server(pod["metadata"]["name"], node, container, presets, self._board(node), of_pod)

    def _leads_to(self, url: str, pod: Object) -> bool:
        """Whether the Service of an address selects a pod."""
        name = service_of(url, self.namespace)
        of_pod = labels(pod)
        for service in self.listed["Service"]:
            if service["metadata"]["name"] == name:
                return all(of_pod.get(key) == value for key, value in (service["spec"].get("selector") or {}).items())
        return False

    def _presets(self, pod: Object) -> list[str]:
        """The texts of the presets that a pod mounts."""
        mounted = {(volume.get("configMap") or {}).get("name") for volume in pod["spec"].get("volumes") or []}
        maps = [item for item in self.listed["ConfigMap"] if item["metadata"]["name"] in mounted]
        return [text for item in maps for name, text in (item.get("data") or {}).items() if name.endswith(".ini")]

    def _board(self, name: str) -> Board | None:
        node = next((item for item in self.listed["Node"] if item["metadata"]["name"] == name), None)
        return board_of(node) if node else None

    def log(self, pod: str) -> Callable[[], str | None]:
        """Reads the beginning of the log of a pod's llama-server."""
        return lambda: _log(core(api_client(self.kubeconfig)), pod, self.namespace)


def board_of(node: Object) -> Board | None:
    """The board of a node, by the name of its card or as a machine that is recognised; None if it is not known."""
    names = [labels(node).get(label, "") for label in PRODUCT]
    words = {name.replace("-", " ").replace("_", " ").casefold() for name in names if name}
    by_name = next((board for board in boards().values() if board.name.casefold() in words), None)
    return by_name or guessed_board(node)


def _log(cluster: Any, pod: str, namespace: str) -> str | None:
    from kubernetes.client.exceptions import ApiException
    from urllib3.exceptions import HTTPError

    try:
        return str(cluster.read_namespaced_pod_log(pod, namespace, container=SERVER, limit_bytes=LOG_BYTES))
    except (ApiException, HTTPError):
        return None


def read(name: str, namespace: str, kubeconfig: str | None = None, *, otherwise: str = "") -> Live:
    """The objects of a release; Secrets and nodes only where they may be read. UserError if the cluster cannot be
    reached, with a hint what to do otherwise.
    """
    from kubernetes.client.exceptions import ApiException
    from urllib3.exceptions import HTTPError

    hint = ", or ".join(filter(None, [YOUR_CLUSTER, otherwise]))
    api = api_client(kubeconfig, elsewhere=hint)
    cluster, ours = core(api), {"label_selector": f"app.kubernetes.io/instance={name}"}
    try:
        found: dict[str, list[Any] | None] = {
            "ConfigMap": cluster.list_namespaced_config_map(namespace, **ours).items,
            "Service": cluster.list_namespaced_service(namespace, **ours).items,
            "Pod": cluster.list_namespaced_pod(namespace, **ours, field_selector="status.phase=Running").items,
            PENDING: cluster.list_namespaced_pod(namespace, **ours, field_selector="status.phase=Pending").items,
            "Secret": if_there(lambda: cluster.list_namespaced_secret(namespace)),
            "Node": if_there(cluster.list_node),
        }
    except (ApiException, HTTPError) as error:
        raise UserError(f"cannot read the cluster: {why_not(error)}", hint=hint) from None
    return Live(
        name,
        namespace,
        kubeconfig,
        {kind: [api.sanitize_for_serialization(item) for item in items or []] for kind, items in found.items()},
    )
