"""Random clusters, and random values for them, from a seed: where the pods may run depends on everything that varies."""

import random
from dataclasses import dataclass
from typing import Any

from ai_server.kube.cluster_facts import API_VERSIONS, ClusterFacts
from ai_server.kube.nodes import ARCH, HOSTNAME

GPUS = {"rocm": "amd.com/gpu", "gpu": "nvidia.com/gpu"}
TAINTS = (
    *(
        {"key": "rocm-inference", "value": "true", "effect": "NoSchedule"},
        {"key": "cuda-inference", "value": "true", "effect": "NoSchedule"},
    ),
    *({"key": "dedicated", "value": "ai", "effect": "NoSchedule"}, {"key": "dedicated", "effect": "NoExecute"}),
    *({"key": "slow", "effect": "PreferNoSchedule"}, {"key": "dedicated", "value": "web", "effect": "NoSchedule"}),
)
TOLERATIONS = (
    *({"key": "dedicated", "operator": "Exists"}, {"key": "dedicated", "operator": "Equal", "value": "ai"}),
    *({"operator": "Exists"}, {"key": "dedicated", "value": "web", "effect": "NoSchedule"}),
    *(
        {"key": "dedicated", "operator": "Exists", "effect": "NoExecute"},
        {"key": "rocm-inference", "operator": "Exists"},
    ),
)
ZONE = "topology.kubernetes.io/zone"
OURS = {"matchLabels": {"app.kubernetes.io/part-of": "ai-server"}}
OF_LITELLM = {"matchLabels": {"app.kubernetes.io/component": "litellm"}}
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
QUIET = {"persistence": {"enabled": False}}


@dataclass(frozen=True)
class Case:
    """A cluster and values for it."""

    number: int
    nodes: list[dict[str, Any]]
    runtime_class: dict[str, Any]
    values: dict[str, Any]

    @property
    def facts(self) -> ClusterFacts:
        """The cluster, as check reads it from a file."""
        classes = {"StorageClass": [], "PriorityClass": [], "IngressClass": [], "Pod": []}
        return ClusterFacts("cluster.yaml", {"Node": self.nodes, "RuntimeClass": [self.runtime_class], **classes})


def case(seed: int, number: int) -> Case:
    """The case of that number, whatever the others are."""
    chooser = _Chooser(f"{seed}-{number}")
    nodes = [chooser.node(f"c{number}-n{index}") for index in range(chooser.choice((1, 1, 2, 2, 3, 4, 5)))]
    names = [node["metadata"]["name"] for node in nodes]
    hosts = [node["metadata"]["labels"].get(HOSTNAME, node["metadata"]["name"]) for node in nodes]
    values = chooser.values(hosts if chooser.some(0.8) else names, f"nvidia-{number}")
    return Case(number, nodes, chooser.runtime_class(f"nvidia-{number}"), values)


class _Chooser(random.Random):
    """Random parts of a cluster and of values."""

    def some(self, share: float) -> bool:
        """True in this share of the cases."""
        return self.random() < share

    def node(self, name: str) -> dict[str, Any]:
        """A node of a random size with random labels and taints."""
        has = {
            "cpu": self.choice(("2", "8", "16", "16", "3500m")),
            "memory": self.choice(("4Gi", "8Gi", "64Gi", "64Gi", "122Gi", "8000000Ki")),
            "ephemeral-storage": self.choice(("20Gi", "100Gi", "500Gi")),
            "pods": self.choice(("110", "110", "110", "2")),
        }
        for resource in GPUS.values():
            if self.some(0.6):
                has[resource] = self.choice(("0", "1", "1", "2", "4"))
        labels = {
            ARCH: self.choice(("amd64", "amd64", "arm64")),
            "kubernetes.io/os": "linux",
            HOSTNAME: f"{name}.home.lan" if self.some(0.1) else name,
        }
        if self.some(0.6):
            labels["pool"] = self.choice(("a", "b"))
        if self.some(0.6):
            labels[ZONE] = self.choice(("attic", "cellar"))
        if self.some(0.4):
            labels["size"] = self.choice(("3", "8", "16", "big"))
        spec: dict[str, Any] = {}
        if self.some(0.3):
            by_key = {(taint["key"], taint["effect"]): taint for taint in self.sample(TAINTS, self.choice((1, 1, 2)))}
            spec["taints"] = list(by_key.values())
        if self.some(0.06):
            spec["unschedulable"] = True
        return {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": name, "labels": labels},
            "spec": spec,
            "status": {"capacity": has, "allocatable": has},
        }

    def runtime_class(self, name: str) -> dict[str, Any]:
        """A runtime class, which may add a selector and tolerations to its pods."""
        scheduling: dict[str, Any] = {}
        if self.some(0.3):
            scheduling["nodeSelector"] = {"pool": self.choice(("a", "b"))}
        if self.some(0.3):
            scheduling["tolerations"] = [self.choice(TOLERATIONS)]
        metadata = {"name": name}
        made = {
            "apiVersion": API_VERSIONS["RuntimeClass"],
            "kind": "RuntimeClass",
            "metadata": metadata,
            "handler": "nvidia",
        }
        return {**made, "scheduling": scheduling} if scheduling else made

    def values(self, hosts: list[str], runtime_class: str) -> dict[str, Any]:
        """Values with entries for some of the hosts, and a runtime class that exists."""
        replicas = self.choice((0, 1, 1, 1, 2, 3, 5))
        mode = self.choice(("sidecar", "sidecar", "standalone")) if replicas < 2 else "standalone"
        values: dict[str, Any] = {
            "litellm": {
                "replicas": replicas,
                "resources": self.resources(("100m", "1", "3"), ("512Mi", "2Gi", "6Gi")),
                "pod": self.pod(hosts),
            },
            "openwebui": {"mode": mode, "enabled": self.some(0.6), **QUIET},
            "thor": {"enabled": False},
        }
        counts = self.choice(((1, 0), (0, 1), (1, 1), (2, 0), (1, 2)))
        for preset, count in zip(("rocm", "gpu"), counts, strict=True):
            values[preset] = {
                "models": {f"chat-{preset}": {"file": f"{preset}.gguf"}},
                "nodes": {f"{preset}{index}": self.entry(preset, hosts) for index in range(count)},
                "pod": self.pod(hosts) if self.some(0.3) else {},
            }
        for preset in [preset for preset in ("rocm", "gpu") if self.some(0.3)]:
            pools = any("selector" in entry for entry in values[preset]["nodes"].values())
            # the controller of a pool would try for ever
            values[preset]["pod"]["runtimeClassName"] = runtime_class if pools or self.some(0.9) else "missing"
        if self.some(0.15):
            values["global"] = {"pod": self.pod(hosts)}
        return values

    def entry(self, preset: str, hosts: list[str]) -> dict[str, Any]:
        """A node entry, which names a host, rarely one that does not exist, or selects a pool."""
        entry: dict[str, Any] = {
            "renderGroup": 991,
            "resources": self.resources(("500m", "1", "6"), ("1Gi", "2Gi", "6Gi", "40Gi")),
        }
        if self.some(0.25):
            entry["selector"] = {"pool": self.choice(("a", "b", "c"))}
        else:
            entry["node"] = self.choice(hosts) if self.some(0.92) else "nowhere"
        if self.some(0.3):
            entry["pod"] = self.pod(hosts, pool="selector" in entry)
        entry["gpuAccess"] = self.choice(("devicePlugin", "devicePlugin", "privileged"))
        if preset == "gpu":
            entry["accelerator"] = self.choice(("cuda", "cuda", "cpu"))
        if self.some(0.3):
            entry["gpuCount"] = self.choice((1, 2, 3))
        return entry

    def resources(self, cores: tuple[str, ...], amounts: tuple[str, ...]) -> dict[str, Any]:
        """Requests, and limits that are not below them."""
        memory = self.choice(amounts)
        requests = {"cpu": self.choice(cores), "memory": memory}
        if self.some(0.2):
            requests["ephemeral-storage"] = self.choice(("5Gi", "60Gi"))
        return {"requests": requests, "limits": {"memory": memory}}

    def pod(self, hosts: list[str], *, pool: bool = False) -> dict[str, Any]:
        """What decides where a pod runs; simpler for the pods of a pool."""
        pod: dict[str, Any] = {}
        if self.some(0.3):
            pod["tolerations"] = self.sample(TOLERATIONS, self.choice((1, 1, 2)))
        if pool:
            return pod
        if self.some(0.25):
            pod["nodeSelector"] = self.choice(
                ({ARCH: "amd64"}, {ARCH: "arm64"}, {"pool": "a"}, {ZONE: "attic"}, {HOSTNAME: self.choice(hosts)})
            )
        if self.some(0.25):
            pod["affinity"] = self.affinity(hosts)
        if self.some(0.2):
            pod["topologySpreadConstraints"] = [
                {
                    "maxSkew": self.choice((1, 1, 2)),
                    "topologyKey": self.choice((HOSTNAME, ZONE)),
                    "whenUnsatisfiable": self.choice(("DoNotSchedule", "DoNotSchedule", "ScheduleAnyway")),
                    "labelSelector": self.choice((OURS, OF_LITELLM)),
                }
            ]
        return pod

    def affinity(self, hosts: list[str]) -> dict[str, Any]:
        """Rules about nodes or about other pods."""
        if self.some(0.5):
            terms = [self.term(hosts) for _ in range(self.choice((1, 1, 2)))]
            return {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": terms}}}
        kind = self.choice(("podAntiAffinity", "podAntiAffinity", "podAffinity"))
        term = {
            "topologyKey": self.choice((HOSTNAME, HOSTNAME, ZONE)),
            "labelSelector": self.choice((OURS, OF_LITELLM)),
        }
        if self.some(0.3):
            return {kind: {PREFERRED: [{"weight": 10, "podAffinityTerm": term}]}}
        return {kind: {REQUIRED: [term]}}

    def term(self, hosts: list[str]) -> dict[str, Any]:
        """A term of a node affinity."""
        if self.some(0.2):
            return {
                "matchFields": [
                    {"key": "metadata.name", "operator": self.choice(("In", "NotIn")), "values": [self.choice(hosts)]}
                ]
            }
        expressions = (
            {"key": ARCH, "operator": "In", "values": ["amd64", "arm64"]},
            {"key": "pool", "operator": self.choice(("In", "NotIn")), "values": ["a"]},
            {"key": ZONE, "operator": self.choice(("Exists", "DoesNotExist"))},
            {"key": "size", "operator": self.choice(("Gt", "Lt")), "values": ["7"]},
        )
        return {"matchExpressions": self.sample(expressions, self.choice((1, 1, 2)))}
