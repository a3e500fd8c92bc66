"""The class that an object gets, and the violation for a missing class."""

from ai_server.checks.core.model import Violation, not_checked
from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.kube.manifests import Object
from ai_server.near import choice
from ai_server.reading.profiles import Keys

DEFAULT_CLASS = {
    "StorageClass": "storageclass.kubernetes.io/is-default-class",
    "IngressClass": "ingressclass.kubernetes.io/is-default-class",
}
FIRST_OF_KIND = {
    "StorageClass": "install a provisioner of volumes, which brings its class",
    "RuntimeClass": "install the runtime on the node, then create its class; k3s creates nvidia by itself",
    "PriorityClass": "create it, or remove the key",
    "IngressClass": "install an Ingress controller, which brings its class",
    "DeviceClass": "install the driver of the devices, which brings its class",
}
"""The fix in a cluster without any class of a kind."""

LOCAL = {
    *("rancher.io/local-path", "microk8s.io/hostpath", "openebs.io/local", "local.csi.openebs.io", "topolvm.io"),
    *("docker.io/hostpath", "k8s.io/minikube-hostpath", "kubernetes.io/no-provisioner"),
}
"""Provisioners of volumes on one node's disk, by their own documentation; others are not known."""
NETWORK = ("nfs", "smb", "cifs", "cephfs")
"""Words in the names of provisioners of network file systems."""


def shared_classes(facts: ClusterFacts) -> list[str]:
    """The names of the classes whose volumes several nodes can mount, as far as their provisioners say."""
    return [
        item["metadata"]["name"]
        for item in facts.of_kind("StorageClass")
        if any(word in item.get("provisioner", "") for word in NETWORK)
    ]


def unlisted(facts: ClusterFacts, kind: str) -> Violation:
    """What could not be checked, because the source lists no objects of a kind."""
    return not_checked(f"{kind}: {facts.source} lists none")


OF_THE_CLUSTER = {
    "nvidia": "install NVIDIA's container toolkit and restart k3s, which then creates it; elsewhere create it, or"
    " remove this if NVIDIA's runtime is the node's default"
}
"""How to get a class that no other one replaces."""


def missing_class(facts: ClusterFacts, keys: Keys, who: str, name: str, kind: str) -> Violation:
    """The violation for a missing class; its fix is the nearest one, all of them, or how to get the first."""
    near = choice(name, facts.names(kind))
    fix = f"use {near}" if near else OF_THE_CLUSTER.get(name, "") or one_of(facts, kind, "use")
    return Violation(keys, f"{who} requires {kind} {name}, which {facts.source} does not have", fix, at=who)


def one_of(facts: ClusterFacts, kind: str, verb: str) -> str:
    """The fix that names the classes of a kind after a verb, such as "use"."""
    names = ", ".join(facts.names(kind))
    return f"{verb} one of: {names}" if names else FIRST_OF_KIND[kind]


def default_class(facts: ClusterFacts, kind: str) -> Object | None:
    """The default class of a kind; None if the cluster has none."""
    annotations = ((item, item["metadata"].get("annotations") or {}) for item in facts.of_kind(kind))
    return next((item for item, written in annotations if written.get(DEFAULT_CLASS[kind]) == "true"), None)


def storage_class(facts: ClusterFacts, claim: Object) -> Object | None:
    """The class of a claim: the one it names, or the default."""
    name = claim["spec"].get("storageClassName", "")
    if not name:
        return default_class(facts, "StorageClass")
    return next((item for item in facts.of_kind("StorageClass") if item["metadata"]["name"] == name), None)
