"""Kubernetes' Pod Security Standards: the level of a pod, and each reason why it is not restricted.

kubernetes.io/docs/concepts/security/pod-security-standards, read 2026-11-24.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ai_server.checks.subjects.models_volume import NAME as MODELS
from ai_server.checks.subjects.origins import own_containers
from ai_server.checks.subjects.pods import PodSubject
from ai_server.kube.manifests import Manifests, Object, Pod, identity
from ai_server.reading.profiles import Keys

Level = Literal["restricted", "baseline", "privileged"]
VOLUMES = (
    *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected"),
    "secret",
)
BASELINE_CAPABILITIES = {
    *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP"),
    *("SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
}
SAFE_SYSCTLS = {
    *("kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start"),
    *("net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports"),
    *("net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl"),
    *("net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"),
}


@dataclass(frozen=True)
class Reason:
    """Why a pod is not restricted: the level that allows it, the key, and whether the chart itself needs it."""

    level: Level
    container: str
    keys: tuple[str, ...]
    text: str
    fix: str = "remove it"
    needed: bool = False
    volume: str = ""

    @property
    def asked_for(self) -> bool:
        """Whether the pod sets it, in place of leaving out a restriction; its volumes aside, which it needs."""
        return not self.volume and (self.level == "privileged" or self.text.startswith(f"{self.container} adds "))


@dataclass(frozen=True)
class Summary:
    """A pod, its level, and every reason why it is not restricted."""

    pod: str
    level: Level
    because: list[str]


def summaries(manifests: Manifests | None) -> Iterator[Summary]:
    """The level of each pod of the release."""
    for pod in manifests.pods() if manifests is not None else []:
        yield Summary(identity(pod.owner), level(pod), [reason.text for reason in reasons(pod)])


def level(pod: Pod) -> Level:
    """The strictest level that a pod meets."""
    levels = {reason.level for reason in reasons(pod)}
    return "privileged" if "privileged" in levels else "baseline" if "baseline" in levels else "restricted"


def written_at(pod: PodSubject, reason: Reason) -> Keys:
    """The user's key behind a reason: the volume, or the security context of the container or the pod."""
    if reason.volume:
        return pod.around("volumes", reason.volume, *reason.keys)
    container = next((container for container in pod.containers if container.name == reason.container), None)
    if container and not container.own:
        return container.given("securityContext", *reason.keys) or container.key
    keys = container.given("securityContext", *reason.keys) if container else ()
    return keys or pod.written("securityContext", *reason.keys)


def is_custom(pod: PodSubject, reason: Reason) -> bool:
    """Whether a reason is about a custom container, or about a custom pod."""
    own = any(container.own for container in pod.containers if container.name == reason.container)
    return bool(pod.workload.extra) if not reason.container else not own


def reasons(pod: Pod) -> Iterator[Reason]:
    """Everything that prevents the level restricted; the level of a reason is the strictest that allows it."""
    for name in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.spec.get(name):
            yield Reason("privileged", "", (name,), f"{name} is on")
    for volume in pod.spec.get("volumes") or []:
        if "hostPath" in volume:
            text = f"volume {volume['name']} is the node's folder {volume['hostPath']['path']}"
            yield Reason("privileged", "", ("hostPath", "path"), text, needed=True, volume=volume["name"])
        elif not any(kind in volume for kind in VOLUMES):
            kind = next((key for key in volume if key != "name"), "of no kind")
            text = f"volume {volume['name']} is {kind}, which restricted namespaces reject"
            own = volume["name"] == MODELS
            yield Reason("baseline", "", (), text, "use a PersistentVolumeClaim", needed=own, volume=volume["name"])
    shared = pod.spec.get("securityContext") or {}
    if unsafe := [item["name"] for item in shared.get("sysctls") or [] if item["name"] not in SAFE_SYSCTLS]:
        yield Reason("privileged", "", ("sysctls",), f"it sets the kernel parameters {', '.join(unsafe)}")
    for container in pod.containers():
        yield from _container(container, shared)


def _container(container: Object, shared: Object) -> Iterator[Reason]:
    name, context = container["name"], container.get("securityContext") or {}
    needs = own_containers()[name].needs if name in own_containers() else ()
    if context.get("privileged"):
        needed = "privileged" in needs
        fix = "use a device plugin: gpuAccess: devicePlugin" if needed else "remove it"
        yield Reason("privileged", name, ("privileged",), f"{name} is privileged", fix, needed)
        return
    if context.get("allowPrivilegeEscalation", True):
        yield Reason("baseline", name, ("allowPrivilegeEscalation",), f"{name} may gain privileges")
    capabilities = context.get("capabilities") or {}
    added = set(capabilities.get("add") or [])
    if "ALL" not in (capabilities.get("drop") or []):
        yield Reason("baseline", name, ("capabilities",), f"{name} keeps capabilities", "set drop: [ALL]")
    if added - {"NET_BIND_SERVICE"}:
        strict: Level = "baseline" if added <= BASELINE_CAPABILITIES else "privileged"
        yield Reason(strict, name, ("capabilities",), f"{name} adds {', '.join(sorted(added))}")
    user = context.get("runAsUser", shared.get("runAsUser"))
    if not context.get("runAsNonRoot", shared.get("runAsNonRoot")) or user == 0:
        keys = ("runAsUser",) if user == 0 else ("runAsNonRoot",)
        yield Reason("baseline", name, keys, f"{name} may run as root", "use another user", "runAsUser" in needs)
    profile = (context.get("seccompProfile") or shared.get("seccompProfile") or {}).get("type")
    if profile not in ("RuntimeDefault", "Localhost"):
        kind: Level = "privileged" if profile == "Unconfined" else "baseline"
        yield Reason(kind, name, ("seccompProfile",), f"{name} has no seccomp profile", "use RuntimeDefault")
    if (context.get("appArmorProfile") or shared.get("appArmorProfile") or {}).get("type") == "Unconfined":
        yield Reason("privileged", name, ("appArmorProfile",), f"{name} has no AppArmor profile")
    if context.get("procMount", "Default") != "Default":
        yield Reason("privileged", name, ("procMount",), f"{name} sees all of /proc")
    if any(port.get("hostPort") for port in container.get("ports") or []):
        yield Reason("privileged", name, (), f"{name} opens a port of the node", "use a Service instead")
    if not context.get("readOnlyRootFilesystem"):
        text = f"{name} may write to its own image"
        yield Reason("restricted", name, ("readOnlyRootFilesystem",), text, "mount an emptyDir where it must write")
