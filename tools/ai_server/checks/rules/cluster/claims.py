"""Claims whose access modes fit neither their class nor the nodes of their pods."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import ClusterView
from ai_server.checks.subjects.classes import LOCAL, shared_classes, storage_class
from ai_server.checks.subjects.copies import replicas
from ai_server.checks.subjects.placement import placement
from ai_server.checks.subjects.pods import ObjectSubject, PodSubject, objects
from ai_server.kube.manifests import Object
from ai_server.kube.nodes import HOSTNAME
from ai_server.reading.profiles import Keys

SHARED = {"ReadOnlyMany", "ReadWriteMany"}
"""Access modes of volumes that several nodes can mount."""
ONE_POD = "ReadWriteOncePod"


@dataclass(frozen=True)
class User:
    """A pod that mounts a claim, by the index of its volume; nodes: those that it may run on."""

    pod: PodSubject
    volume: int
    nodes: frozenset[str]

    @property
    def several(self) -> bool:
        """Whether it is a pool, whose pods are on several nodes; with one node at present, it is not."""
        return bool(self.pod.pod.owner["kind"] == "DaemonSet") and len(self.nodes) != 1

    @property
    def target(self) -> str:
        """Its node by the host name, or else the labels that select it."""
        selector = self.pod.spec.get("nodeSelector") or {}
        return str(selector.get(HOSTNAME) or sorted(selector.items()))


@dataclass(frozen=True)
class Claim:
    """A claim of the release or of the cluster, with the pods that mount it."""

    view: ClusterView
    object: Object
    users: list[User]
    rendered: ObjectSubject | None = None

    @property
    def modes(self) -> list[str]:
        """Its access modes."""
        return self.object["spec"].get("accessModes") or []

    @cached_property
    def class_name(self) -> str:
        """The name of its class if that keeps volumes on the disk of one node, else "". Kubernetes writes the default
        class into a claim that exists, so that there a missing name says nothing.
        """
        if self.object["spec"].get("storageClassName", None if self.rendered else "") == "":
            return ""
        item = storage_class(self.view.facts, self.object) or {}
        return str(item["metadata"]["name"]) if item.get("provisioner") in LOCAL else ""

    @property
    def nodes(self) -> bool:
        """Whether its pods run on several nodes."""
        if any(user.several for user in self.users):
            return True
        if all(user.nodes for user in self.users):
            return not frozenset.intersection(*(user.nodes for user in self.users))
        return len({user.target for user in self.users}) > 1

    @property
    def shared(self) -> str:
        """The advice to use a class of shared volumes, with the names of those in the cluster."""
        names = shared_classes(self.view.facts)
        return f"a class of shared volumes{f', such as {names[0]}' if names else ''}"


@rule("cluster/access-mode")
def access_modes(view: ClusterView) -> Iterator[Violation]:
    """Compares the access modes of each claim with its class, and with the nodes of the pods that mount it."""
    for claim in _claims(view):
        rendered = claim.rendered
        if rendered and claim.class_name and "ReadWriteMany" in claim.modes:
            local = f"StorageClass {claim.class_name} stores volumes on the disk of one node"
            several = any(user.several or replicas(user.pod.pod) > 1 for user in claim.users)
            fix = f"use {'' if several or claim.nodes else 'ReadWriteOnce, or '}{claim.shared}"
            keys = rendered.place("spec", "accessModes")
            yield Violation(keys, f"{rendered.identity} requires ReadWriteMany, but {local}", fix)
        elif claim.users:
            yield from _too_many(claim)


def _too_many(claim: Claim) -> Iterator[Violation]:
    """A claim that only one node or one pod can mount, although several use it."""
    one = "pod" if ONE_POD in claim.modes else "node"
    pools = any(user.several for user in claim.users)
    several = claim.nodes or (one == "pod" and len({user.pod.identity for user in claim.users}) > 1)
    if not several or not claim.modes or (SHARED & set(claim.modes) and not claim.class_name):
        return
    entries = list(dict.fromkeys(str(user.pod.key[-1]) for user in claim.users))
    local = one == "node" and claim.class_name
    modes = ", ".join(claim.modes) + (f" on {local}, the disk of one node" if local else "")
    mount = f"only one {one} can mount claim {claim.object['metadata']['name']} ({modes})"
    on_several = " on several nodes" if pools and len(entries) == 1 else ""
    fix = f"use a claim with ReadOnlyMany or ReadWriteMany, or one claim for each {one}"
    if local:
        fix = f"use {claim.shared}, with ReadWriteMany, or one claim for each node"
    message = f"{mount}, but the pods of {' and '.join(entries)} use it{on_several}"
    yield Violation(_place(claim), message, fix)


def _place(claim: Claim) -> Keys:
    """The class or the access modes of a claim of the release, else the key that names the claim."""
    if claim.rendered:
        field = "storageClassName" if claim.class_name and "storageClassName" in claim.rendered.spec else "accessModes"
        return claim.rendered.place("spec", field)
    user = claim.users[0]
    return user.pod.around("volumes", user.volume, "persistentVolumeClaim", "claimName")


def _claims(view: ClusterView) -> Iterator[Claim]:
    """The claims of the release, and those of the cluster that its pods mount."""
    users: defaultdict[str, list[User]] = defaultdict(list)
    for placed in placement(view).placed:
        for index, volume in enumerate(placed.subject.volumes):
            name = (volume.get("persistentVolumeClaim") or {}).get("claimName")
            if name and len(volume) == 2:  # with two sources, the API server rejects it
                nodes = frozenset(node["metadata"]["name"] for node in placed.possible)
                users[str(name)].append(User(placed.subject, index, nodes))
    rendered = {str(item.object["metadata"]["name"]): item for item in objects(view, "PersistentVolumeClaim")}
    for name, item in rendered.items():
        yield Claim(view, item.object, users[name], item)
    for claim in view.facts.of_kind("PersistentVolumeClaim"):
        name = claim["metadata"]["name"]
        if name not in rendered and view.is_here(claim):
            yield Claim(view, claim, users[name])
