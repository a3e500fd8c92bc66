"""Rules about what pods may do."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.pod_security import Reason, reasons
from ai_server.checks.subjects.pods import PodSubject, pods
from ai_server.reading.profiles import Keys


@rule("security/weak-pod")
def privileges(view: RenderView) -> Iterator[Violation]:
    """A pod departs from the restricted standard only where the chart needs it; one finding for all of a key."""
    found: dict[tuple[Keys, str], list[tuple[PodSubject, Reason]]] = {}
    for pod in pods(view):
        for reason in reasons(pod.pod):
            view.count("departures from restricted")
            if not reason.needed:
                found.setdefault((_written(pod, reason), reason.container), []).append((pod, reason))
    for (keys, _), together in found.items():
        names = list(dict.fromkeys(pod.identity for pod, _ in together))
        others = f" (and {len(names) - 1} more)" if len(names) > 1 else ""
        texts = " and ".join(dict.fromkeys(reason.text for _, reason in together))
        fixes = "; ".join(dict.fromkeys(reason.fix for _, reason in together))
        # what only misses the strictest level opens no way out
        mild = all(reason.level == "restricted" or reason.volume for _, reason in together)
        yield Violation(keys, f"{names[0]}{others}: {texts}", fixes, severity="warning" if mild else None)


def _written(pod: PodSubject, reason: Reason) -> Keys:
    """Where the user wrote it: at the volume, or at the container's or the pod's security context."""
    if reason.volume:
        return pod.written("volumes", reason.volume)
    container = next((container for container in pod.containers if container.name == reason.container), None)
    if container and not container.own:
        return container.key
    own = container.given("securityContext", *reason.keys) if container else ()
    return own or pod.written("securityContext", *reason.keys)
