"""The facts of a cluster, from a file or live: nodes, classes, and the resources that are already requested."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ai_server.errors import UserError
from ai_server.kube.facts_schema import first_error, words
from ai_server.kube.live import ELSEWHERE, api_client, core, if_there, why_not
from ai_server.reading.profiles import Keys, nearest
from ai_server.reading.textfile import Place

Object = dict[str, Any]
INSTALLED = ("Deployment", "DaemonSet", "PersistentVolumeClaim")
"""The objects of a release that an upgrade cannot change completely."""
NAMESPACED = ("Pod", "Secret", *INSTALLED)
API_VERSIONS = {
    "Node": "v1",
    "StorageClass": "storage.k8s.io/v1",
    "RuntimeClass": "node.k8s.io/v1",
    "PriorityClass": "scheduling.k8s.io/v1",
    "IngressClass": "networking.k8s.io/v1",
    "DeviceClass": "resource.k8s.io/v1",
    "ResourceSlice": "resource.k8s.io/v1",
    "Namespace": "v1",
    "Pod": "v1",
    "Deployment": "apps/v1",
    "DaemonSet": "apps/v1",
    "PersistentVolumeClaim": "v1",
    "Secret": "v1",
}
"""The kinds that are facts, with their versions: in a list, the API server does not repeat them for each item."""
LIMITS = ("ResourceQuota", "LimitRange")
"""Kinds that a file may have as well, whose form nobody checks."""
EXPORT = "kubectl get nodes,storageclasses,runtimeclasses,priorityclasses,ingressclasses,namespaces -o yaml"
"""Writes a cluster.yaml without this program; deviceclasses and resourceslices exist from Kubernetes 1.34."""
NAMES_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"


@dataclass(frozen=True)
class ClusterFacts:
    """Kubernetes objects by kind, as plain dicts, and where they come from."""

    source: str
    objects: Mapping[str, list[Object]] = field(default_factory=dict)

    def of_kind(self, kind: str) -> list[Object]:
        """The objects of a kind; [] if the source has none."""
        return self.objects.get(kind, [])

    def names(self, kind: str) -> list[str]:
        """The names of the objects of a kind, sorted."""
        return sorted(item["metadata"]["name"] for item in self.of_kind(kind))

    def only(self, nodes: Sequence[str]) -> "ClusterFacts":
        """The facts with only these nodes; with all of them if none is named. UserError for an unknown node."""
        unknown = sorted(set(nodes) - set(self.names("Node")))
        if unknown:
            known = ", ".join(self.names("Node"))
            raise UserError(f"{self.source}: unknown node {', '.join(unknown)}", hint=f"its nodes: {known}")
        kept = [node for node in self.of_kind("Node") if not nodes or node["metadata"]["name"] in nodes]
        return ClusterFacts(self.source, {**self.objects, "Node": kept})

    def knows(self, kind: str) -> bool:
        """Whether the source lists a kind: if it does, and has no objects of it, the cluster has none."""
        return kind in self.objects


def read_facts(path: Path) -> ClusterFacts:
    """The facts of a cluster.yaml: a `kind: List` (or NodeList, ...), or several documents. UserError with the location
    if it is invalid. An empty RuntimeClassList says that the cluster has no RuntimeClass.
    """
    from ai_server.reading.yamlfile import documents

    objects: dict[str, dict[Any, Object]] = {}
    for document, places in documents(path):
        if (kind := _listed_kind(document)) in API_VERSIONS:
            objects.setdefault(kind, {})
        for item, keys in _items(document):
            place = next(places[keys[:end]] for end in range(len(keys), -1, -1) if keys[:end] in places)
            _must_be_a_fact(item, place)
            if item["kind"] in LIMITS:
                objects.setdefault(item["kind"], {})[len(objects.get(item["kind"], {}))] = item
                continue
            if error := first_error(API_VERSIONS[item["kind"]], item):
                wrong, hint = words(error)
                where = nearest(places, (*keys, *error.path)) or place
                raise UserError(f"{where.file}:{where.line}: {_called(item)}: {wrong}", hint=hint)
            if item["kind"] == "Secret":
                item = _without_values(item)
            metadata = item["metadata"]
            names = (metadata.get("namespace") if item["kind"] in NAMESPACED else None, metadata["name"])
            # two exports may list the same object; a Node is copied to describe another one
            same = objects.setdefault(item["kind"], {})
            if names in same and (item["kind"] == "Node" or same[names] != item):
                raise UserError(f"{place.file}:{place.line}: duplicate {_called(item)}", hint="remove one of the two")
            same[names] = item
    if not objects.get("Node"):
        raise UserError(
            f"{path}: contains no Node",
            hint="add a `kind: List` of Nodes, StorageClasses and RuntimeClasses, like values/homelab/cluster.yaml,"
            f" or export it from a live cluster: {EXPORT}",
        )
    return ClusterFacts(str(path), {kind: list(items.values()) for kind, items in objects.items()})


def _without_values(secret: Object) -> Object:
    """A Secret with the names of its keys, if it has any; what they hold is nobody's business here."""
    keys = dict.fromkeys({**(secret.get("data") or {}), **(secret.get("stringData") or {})}, "")
    return {"kind": "Secret", "metadata": secret["metadata"], **({"data": keys} if keys else {})}


def _listed_kind(document: Any) -> str:
    """The kind of a document's items: Node for a NodeList; "" for a list of any kinds and for a single object."""
    kind = document.get("kind") if isinstance(document, dict) else None
    return kind.removesuffix("List") if isinstance(kind, str) and kind.endswith("List") else ""


def _items(document: Any) -> Iterator[tuple[Any, Keys]]:
    """The objects of a document, each with its path; those of a NodeList do not name their kind."""
    kind = _listed_kind(document)
    if not kind and (not isinstance(document, dict) or document.get("kind") != "List"):
        yield document, ()
        return
    items = document.get("items") or []
    for index, item in enumerate(items if isinstance(items, list) else [items]):
        of_list = {"kind": kind} if kind else {}
        yield {**of_list, **item} if isinstance(item, dict) else item, ("items", index)


def _must_be_a_fact(item: Any, place: Place) -> None:
    where = f"{place.file}:{place.line}"
    if not isinstance(item, dict) or not isinstance(item.get("kind"), str):
        raise UserError(
            f"{where}: an item is not a Kubernetes object with kind and metadata.name: {str(item)[:80]}",
            hint="use the form {apiVersion: v1, kind: Node, metadata: {name: halo}}",
        )
    if item["kind"] not in (*API_VERSIONS, *LIMITS):
        kinds = ", ".join(API_VERSIONS)
        raise UserError(f"{where}: {_called(item)} does not belong in a cluster file", hint=f"allowed kinds: {kinds}")


def _called(item: Object) -> str:
    metadata = item.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return f"{item['kind']} {name}" if name else f"{item['kind']} without a name"


def live_facts(kubeconfig: str | None = None, *, namespace: str = "ai-server") -> ClusterFacts:
    """The facts of the cluster in the kubeconfig, with all workloads and claims in the namespace, and those of this
    chart in other namespaces. UserError if the cluster cannot be reached.
    """
    from kubernetes import client
    from kubernetes.client.exceptions import ApiException
    from urllib3.exceptions import HTTPError

    api = api_client(kubeconfig)
    try:
        cluster, apps = core(api), client.AppsV1Api(api)
        ours: Any = {"label_selector": "app.kubernetes.io/part-of=ai-server"}
        listed: dict[str, Any] = {
            "Node": cluster.list_node().items,
            "Pod": cluster.list_pod_for_all_namespaces(field_selector="spec.nodeName!=").items,
            "StorageClass": client.StorageV1Api(api).list_storage_class().items,
            "RuntimeClass": client.NodeV1Api(api).list_runtime_class().items,
            "PriorityClass": client.SchedulingV1Api(api).list_priority_class().items,
            "Deployment": _both(
                apps.list_namespaced_deployment(namespace), apps.list_deployment_for_all_namespaces(**ours)
            ),
            "DaemonSet": _both(
                apps.list_namespaced_daemon_set(namespace), apps.list_daemon_set_for_all_namespaces(**ours)
            ),
            "PersistentVolumeClaim": _both(
                cluster.list_namespaced_persistent_volume_claim(namespace),
                cluster.list_persistent_volume_claim_for_all_namespaces(**ours),
            ),
        }
        for kind, list_all in {
            "IngressClass": client.NetworkingV1Api(api).list_ingress_class,
            "DeviceClass": client.ResourceV1Api(api).list_device_class,
            "ResourceSlice": client.ResourceV1Api(api).list_resource_slice,
            "Namespace": cluster.list_namespace,
        }.items():
            if (items := if_there(list_all)) is not None:
                listed[kind] = items
        secrets = _secrets(cluster, namespace)
    except (ApiException, HTTPError) as error:
        raise UserError(f"cannot read the cluster: {why_not(error)}", hint=ELSEWHERE) from None
    plain = {
        kind: [
            {**api.sanitize_for_serialization(item), "apiVersion": API_VERSIONS[kind], "kind": kind} for item in items
        ]
        for kind, items in listed.items()
    }
    return ClusterFacts("the live cluster", plain if secrets is None else {**plain, "Secret": secrets})


def _secrets(cluster: Any, namespace: str) -> list[Object] | None:
    """The names of the Secrets in the namespace; their contents are not even sent. None if listing is forbidden."""
    from kubernetes.client.exceptions import ApiException

    try:
        answer = cluster.list_namespaced_secret(namespace, _headers={"Accept": NAMES_ONLY}, _preload_content=False)
    except ApiException:
        return None
    # not parsed by the client, because items is null in such a list if there are none
    names = [item["metadata"]["name"] for item in json.loads(answer.data)["items"] or []]
    return [{"kind": "Secret", "metadata": {"name": name, "namespace": namespace}} for name in names]


def _both(here: Any, ours: Any) -> list[Any]:
    """The objects of two lists from the API server, without duplicates."""
    items = {(item.metadata.namespace, item.metadata.name): item for item in (*here.items, *ours.items)}
    return list(items.values())
