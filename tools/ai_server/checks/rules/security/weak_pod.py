"""A pod that may do more than it needs."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found, origin
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.extras import extra
from ai_server.checks.subjects.pod_security import CHARTS_OWN, Reason, reasons
from ai_server.checks.subjects.running import PROGRAMS
from ai_server.kube.manifests import Pod, identity
from ai_server.reading.profiles import Keys

RULE = Rule(
    "A pod that may do more than the chart needs",
    why="The chart's pods are what Kubernetes calls restricted, but for what their work needs: models from a folder of"
    " the node, a privileged llama-server where there is no device plugin, and the init container that makes folders."
    " `ai-server check --pod-security` lists each pod's level and why. Anything beyond that is a way out of the"
    " container for whoever gets into it.",
    wrong="litellm:\n  securityContext: {runAsUser: 0, runAsNonRoot: false}",
    right="litellm:\n  securityContext: {runAsUser: 10001}",
)


def check(context: Context) -> Iterator[Found]:
    """A finding for each departure from restricted that the chart does not need itself."""
    found: dict[tuple[Keys, str], list[tuple[Pod, Reason]]] = {}
    for pod in context.manifests.pods() if context.manifests else []:
        for reason in reasons(pod):
            context.count("departures from restricted")
            if not reason.needed:
                found.setdefault((_written(context, pod, reason), reason.container), []).append((pod, reason))
    for (keys, _), both in found.items():
        pods = list(dict.fromkeys(identity(pod.owner) for pod, _ in both))
        others = f" (and {len(pods) - 1} more)" if len(pods) > 1 else ""
        texts = " and ".join(dict.fromkeys(reason.text for _, reason in both))
        fixes = "; ".join(dict.fromkeys(reason.fix for _, reason in both))
        # what only misses the strictest level opens no way out
        mild = all(reason.level == "restricted" or reason.volume for _, reason in both)
        yield Found(keys, f"{pods[0]}{others}: {texts}", fixes, severity="warning" if mild else None)


def _written(context: Context, pod: Pod, reason: Reason) -> Keys:
    owner: Keys = (reason.container,) if reason.container in ("litellm", "openwebui") else origin(pod.owner)
    inner = (reason.container,) if reason.container in ("vllm", "comfyui", "speech") else ()
    if reason.volume:
        return extra(context, owner, "extraVolumes", reason.volume)
    if reason.container not in ("", *PROGRAMS, *CHARTS_OWN, "ask-every-route"):
        fields = ("extraContainers", "extraInitContainers")
        found = [extra(context, owner, field, reason.container) for field in fields]
        return next((keys for keys in found if isinstance(keys[-1], int)), owner)
    places: list[Keys] = [
        context.setting(owner, *inner, "securityContext", *reason.keys),
        context.setting(owner, "pod", "securityContext", *reason.keys),
        ("global", "container", "securityContext", *reason.keys),
        ("global", "pod", "securityContext", *reason.keys),
        context.setting(owner, "gpuAccess"),
    ]
    return next((place for place in places if context.given(*place)), owner)
