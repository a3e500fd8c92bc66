"""A pod that may do more than it needs."""

from collections.abc import Iterator

from ai_server.checks.engine.keypaths import origin
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.extras import extra
from ai_server.checks.subjects.pod_security import CHARTS_OWN, Reason, reasons
from ai_server.checks.subjects.programs import PROGRAMS
from ai_server.kube.manifests import Pod, identity
from ai_server.reading.profiles import Keys


@rule("security/weak-pod")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each departure from restricted that the chart does not need itself."""
    found: dict[tuple[Keys, str], list[tuple[Pod, Reason]]] = {}
    for pod in view.manifests.pods():
        for reason in reasons(pod):
            view.count("departures from restricted")
            if not reason.needed:
                found.setdefault((_written(view, pod, reason), reason.container), []).append((pod, reason))
    for (keys, _), both in found.items():
        pods = list(dict.fromkeys(identity(pod.owner) for pod, _ in both))
        others = f" (and {len(pods) - 1} more)" if len(pods) > 1 else ""
        texts = " and ".join(dict.fromkeys(reason.text for _, reason in both))
        fixes = "; ".join(dict.fromkeys(reason.fix for _, reason in both))
        # what only misses the strictest level opens no way out
        mild = all(reason.level == "restricted" or reason.volume for _, reason in both)
        yield Violation(keys, f"{pods[0]}{others}: {texts}", fixes, severity="warning" if mild else None)


def _written(view: RenderView, pod: Pod, reason: Reason) -> Keys:
    owner: Keys = (reason.container,) if reason.container in ("litellm", "openwebui") else origin(pod.owner)
    inner = (reason.container,) if reason.container in ("vllm", "comfyui", "speech") else ()
    if reason.volume:
        return extra(view, owner, "extraVolumes", reason.volume)
    if reason.container not in ("", *PROGRAMS, *CHARTS_OWN, "ask-every-route"):
        fields = ("extraContainers", "extraInitContainers")
        found = [extra(view, owner, field, reason.container) for field in fields]
        return next((keys for keys in found if isinstance(keys[-1], int)), owner)
    places: list[Keys] = [
        view.setting(owner, *inner, "securityContext", *reason.keys),
        view.setting(owner, "pod", "securityContext", *reason.keys),
        ("global", "container", "securityContext", *reason.keys),
        ("global", "pod", "securityContext", *reason.keys),
        view.setting(owner, "gpuAccess"),
    ]
    return next((place for place in places if view.given(*place)), owner)
