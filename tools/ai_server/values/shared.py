"""Sections of several components: images, pods, containers, and the settings for all components."""

from typing import Annotated, Any, Literal

from pydantic import Field

from ai_server.values.base import (
    Affinity,
    Container,
    Digest,
    EnvFromSource,
    EnvName,
    EnvVarSource,
    FilledByHelm,
    HostAlias,
    HostName,
    LocalObjectReference,
    ModelsPath,
    Partial,
    PodDNSConfig,
    PodSecurityContext,
    Seconds,
    SecretName,
    Section,
    SecurityContext,
    SubPath,
    Toleration,
    TopologySpreadConstraint,
    Volume,
    VolumeMount,
    VolumeSource,
)


class EnvFrom(Section):
    """A variable whose value comes from a Secret, a ConfigMap or the pod."""

    value_from: EnvVarSource = {}
    """Kubernetes' EnvVarSource, such as {secretKeyRef: {name: my-secret, key: token}}."""


Env = dict[EnvName, str | EnvFrom]


class ResourceRequirements(Section):
    """Resources that the scheduler reserves for a container, and limits that the kernel enforces."""

    requests: dict[str, str | int | float] = {}
    """Resources to reserve on the node; memory should cover what the program needs, including GPU memory."""
    limits: dict[str, str | int | float] = {}
    """The most that the container may use. GPU memory of Strix Halo and Thor is not counted here."""


class Image(Section):
    """A container image: [global.imageRegistry or the repository's own]/repository:tag@digest."""

    repository: str = ""
    """Registry and name, without a tag."""
    tag: str = ""
    """Version of the image."""
    digest: Digest = ""
    """sha256: and 64 hexadecimal digits, which pin the exact image; if empty, only the tag is pinned."""
    platforms: list[Literal["amd64", "arm64"]] = []
    """Platforms that your own image is built for, which `ai-server check` compares with the nodes; it knows those of
    the default images."""
    pull_policy: Literal["Always", "IfNotPresent", "Never"] = "IfNotPresent"
    """When the node pulls the image from the registry."""


class Pod(Section):
    """Settings of a pod. Set them in global.pod, per component or per node: the most specific one wins."""

    node_selector: dict[str, str] = {}
    """Labels that a node must have, in addition to those that a node entry requires."""
    tolerations: list[Toleration] = []
    """Taints that the pod tolerates."""
    affinity: Affinity = {}
    """Kubernetes' Affinity: rules that attract the pod to nodes or other pods, or keep it away from them."""
    topology_spread_constraints: list[TopologySpreadConstraint] = []
    """Kubernetes' TopologySpreadConstraints: how to spread pods over nodes or zones."""
    priority_class_name: str = ""
    """Priority class of the pod. It must already exist in the cluster; if empty, the cluster's default."""
    runtime_class_name: str = ""
    """Runtime class of the pod, such as nvidia. It must already exist in the cluster; if empty, the node's default."""
    scheduler_name: str = ""
    """Name of a custom scheduler; if empty, the cluster's default."""
    service_account_name: str = ""
    """Service account of the pod, which must exist in the namespace; if empty, that of global.serviceAccount."""
    image_pull_secrets: list[LocalObjectReference] = []
    """Secrets for private registries: [{name: my-registry}]."""
    host_aliases: list[HostAlias] = []
    """Names that the pod finds without DNS: [{ip: 192.168.1.20, hostnames: [nas.lan]}]."""
    dns_policy: Literal["", "ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"] = ""
    """Where the pod looks up names: Default uses the node's DNS, None only dnsConfig; if empty, the cluster's DNS."""
    dns_config: PodDNSConfig = {}
    """Kubernetes' PodDNSConfig, in addition to dnsPolicy: {nameservers: [192.168.1.1], searches: [home.lan]}."""
    termination_grace_period_seconds: Seconds = 60
    """How long running answers may take to finish when the pod is stopped."""
    security_context: PodSecurityContext = {}
    """Kubernetes' PodSecurityContext, merged over the chart's."""
    annotations: dict[str, str] = {}
    """Additional annotations on the pod."""
    labels: dict[str, str] = {}
    """Additional labels on the pod."""
    extra_volumes: list[Volume] = []
    """Additional volumes of the pod; mount them with extraVolumeMounts."""
    extra_containers: list[Container] = []
    """Additional containers, next to the chart's."""
    extra_init_containers: list[Container] = []
    """Additional init containers, which run after the chart's, but before memory-check."""


PodOverrides = Annotated[Pod, Partial()]


class ContainerSettings(Section):
    """Settings that every container of the chart has."""

    resources: ResourceRequirements = ResourceRequirements()
    """Resource requests and limits."""
    extra_env: Env = {}
    """Additional environment variables: NAME: value, or NAME: {valueFrom: {...}}. They win over the chart's."""
    env_from: list[EnvFromSource] = []
    """Secrets and ConfigMaps whose keys become environment variables: [{secretRef: {name: my-secret}}]. Those of the
    chart, of extraEnv and of global.container.extraEnv win over them."""
    extra_args: list[str] = []
    """Additional arguments, after the chart's."""
    extra_volume_mounts: list[VolumeMount] = []
    """Additional mounts; define their volumes in pod.extraVolumes."""
    security_context: SecurityContext = {}
    """Kubernetes' SecurityContext, merged over global.container.securityContext."""


class GlobalContainer(Section):
    """Settings of all containers."""

    extra_env: Env = {}
    """Environment variables of all containers except ComfyUI's, whose custom nodes are third-party code."""
    security_context: SecurityContext = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    """Kubernetes' SecurityContext of every container."""


class ServiceAccount(Section):
    """The service account of all pods, for rights that a cloud provider or a registry grants: no pod gets its token."""

    create: bool = False
    """true creates the service account."""
    name: str = ""
    """Name of the service account; if empty, the name of the release if it is created, else the namespace's default."""
    annotations: dict[str, str] = {}
    """Annotations of the service account, such as a role of a cloud provider."""


class Global(Section):
    """Settings for all components."""

    image_registry: str = ""
    """Registry that holds copies of all images, such as registry.lan:5000; if empty, each image's own registry."""
    models_path: ModelsPath = "/data/ai-models"
    """Folder on the nodes that holds the model files; mounted read-only at the same path."""
    models_volume: VolumeSource = {}
    """Any Kubernetes volume with the model files in place of that folder, mounted at modelsPath:
    {persistentVolumeClaim: {claimName: models}}, {nfs: {server: nas.lan, path: /models}}; if empty, the folder."""
    models_sub_path: SubPath = ""
    """Folder of modelsVolume to mount; if empty, the complete volume."""
    existing_secret: SecretName = ""
    """Your own Secret with the keys (docs/secrets.md); if empty, the chart creates one at the first install and keeps
    it."""
    private_domains: list[HostName] = []
    """Domains whose names are those of your own network, such as [home.example.com], for `ai-server check`: servers
    there may need no key and no https. It knows those of each Ingress and HTTPRoute."""
    labels: dict[str, str] = {}
    """Additional labels on all objects."""
    annotations: dict[str, str] = {}
    """Additional annotations on all objects."""
    service_account: ServiceAccount = ServiceAccount()
    """The service account of all pods."""
    pod: Pod = Pod(security_context={"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}})
    """Settings of all pods."""
    container: GlobalContainer = GlobalContainer()
    """Settings of all containers."""


class Component(Section):
    """A subchart."""

    enabled: bool = True
    """false leaves the component out of the release."""
    global_: Annotated[Global, Field(alias="global"), FilledByHelm()] = Global()
    """Helm copies the global values of the release here; do not set it."""


class Library(Section):
    """A library chart: it has no values, but Helm adds a section for it anyway."""

    global_: Annotated[dict[str, Any], Field(alias="global"), FilledByHelm()] = {}
