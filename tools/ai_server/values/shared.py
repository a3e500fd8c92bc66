"""Sections that several components have: images, pods, containers, Services, and what is set once for all."""

from typing import Annotated, Any, Literal

from pydantic import Field

from ai_server.values.base import (
    AbsolutePath,
    Affinity,
    Container,
    Digest,
    EnvName,
    EnvVarSource,
    FilledByHelm,
    LocalObjectReference,
    Partial,
    PodSecurityContext,
    Port,
    Seconds,
    Section,
    SecurityContext,
    Toleration,
    TopologySpreadConstraint,
    Volume,
    VolumeMount,
)


class EnvFrom(Section):
    """A variable whose value comes from a Secret, a ConfigMap or the pod."""

    value_from: EnvVarSource = {}
    """Kubernetes' EnvVarSource, such as {secretKeyRef: {name: my-secret, key: token}}."""


Env = dict[EnvName, str | EnvFrom]


class ResourceRequirements(Section):
    """What a container asks the scheduler for, and what the kernel holds it to."""

    requests: dict[str, str | int | float] = {}
    """Reserved on the node: memory should carry what the program takes, GPU memory included."""
    limits: dict[str, str | int | float] = {}
    """The most it may take. GPU memory of Strix Halo and Thor is not counted here."""


class Image(Section):
    """A container image: [global.imageRegistry or the repository's own]/repository:tag@digest."""

    repository: str = ""
    """Registry and name, without a tag."""
    tag: str = ""
    """The version."""
    digest: Digest = ""
    """sha256: and 64 hexadecimal digits, which pins the bytes; "" pins the tag only."""
    platforms: list[Literal["amd64", "arm64"]] = []
    """What an image of your own is built for, which `ai-server check` compares with the nodes; it knows it of the
    default images."""
    pull_policy: Literal["Always", "IfNotPresent", "Never"] = "IfNotPresent"
    """When the node asks the registry."""


class Pod(Section):
    """What a pod spec can carry. Set once in global.pod, again per component, and again per node: the nearest wins."""

    node_selector: dict[str, str] = {}
    """Labels that a node must have, besides the placement that a node entry gives."""
    tolerations: list[Toleration] = []
    """Taints that the pod may stand on."""
    affinity: Affinity = {}
    """Kubernetes' Affinity."""
    topology_spread_constraints: list[TopologySpreadConstraint] = []
    """Kubernetes' TopologySpreadConstraints."""
    priority_class_name: str = ""
    """Who goes first when a node is full; the class must exist."""
    runtime_class_name: str = ""
    """The container runtime, such as nvidia; the class must exist."""
    scheduler_name: str = ""
    """A scheduler of your own; "" is the cluster's."""
    image_pull_secrets: list[LocalObjectReference] = []
    """Secrets for private registries: [{name: my-registry}]."""
    termination_grace_period_seconds: Seconds = 60
    """How long a running answer may take to finish when the pod is stopped."""
    security_context: PodSecurityContext = {}
    """Kubernetes' PodSecurityContext, merged over the chart's."""
    annotations: dict[str, str] = {}
    """Further annotations on the pod."""
    labels: dict[str, str] = {}
    """Further labels on the pod."""
    extra_volumes: list[Volume] = []
    """Further volumes."""
    extra_containers: list[Container] = []
    """Further containers, beside the chart's."""
    extra_init_containers: list[Container] = []
    """Further init containers, after the chart's."""


PodOverrides = Annotated[Pod, Partial()]


class ContainerSettings(Section):
    """What every container of the chart can be given."""

    resources: ResourceRequirements = ResourceRequirements()
    """Requests and limits."""
    extra_env: Env = {}
    """Further environment variables: NAME: value, or NAME: {valueFrom: {...}}. They win over the chart's."""
    extra_args: list[str] = []
    """Further arguments, after the chart's."""
    extra_volume_mounts: list[VolumeMount] = []
    """Further mounts; their volumes go to pod.extraVolumes."""
    security_context: SecurityContext = {}
    """Kubernetes' SecurityContext, merged over global.container.securityContext."""


class GlobalContainer(Section):
    """What all containers share."""

    extra_env: Env = {}
    """Environment variables of every container, except ComfyUI's: its custom nodes are foreign code."""
    security_context: SecurityContext = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    """Kubernetes' SecurityContext of every container."""


class Global(Section):
    """What is set once for all components."""

    image_registry: str = ""
    """A registry that holds copies of all images, such as registry.lan:5000; "" leaves each image its own."""
    models_path: AbsolutePath = "/data/ai-models"
    """The folder on the nodes that holds the model files; mounted read-only at the same path."""
    existing_secret: str = ""
    """A Secret with the keys (docs/secrets.md); "" has the chart make one at the first install and keep it."""
    labels: dict[str, str] = {}
    """Further labels on every object."""
    annotations: dict[str, str] = {}
    """Further annotations on every object."""
    pod: Pod = Pod(security_context={"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}})
    """What every pod carries."""
    container: GlobalContainer = GlobalContainer()
    """What every container carries."""


class Component(Section):
    """A subchart."""

    enabled: bool = True
    """Whether the component is part of the release."""
    global_: Annotated[Global, Field(alias="global"), FilledByHelm()] = Global()
    """Filled in by Helm from the release's own global values."""


class Library(Section):
    """A library chart: nothing to set, but Helm gives it a place in the values all the same."""

    global_: Annotated[dict[str, Any], Field(alias="global"), FilledByHelm()] = {}


class Service(Section):
    """How a component is reached inside the cluster."""

    type: Literal["ClusterIP", "NodePort", "LoadBalancer"] = "ClusterIP"
    """ClusterIP, NodePort or LoadBalancer. The last two open it to the network: think of the key."""
    port: Port = 80
    """The Service's port."""
    annotations: dict[str, str] = {}
    """Annotations, such as a load balancer's address."""


class Ingress(Section):
    """How a component is reached from outside, by name."""

    enabled: bool = False
    """Whether there is an Ingress."""
    class_name: str = ""
    """The ingress class, such as traefik; "" is the cluster's default."""
    host: str = ""
    """The name, such as chat.example.lan."""
    tls_secret: str = ""
    """The Secret with the certificate; "" leaves TLS to the controller."""
    annotations: dict[str, str] = {}
    """Annotations for the controller."""
