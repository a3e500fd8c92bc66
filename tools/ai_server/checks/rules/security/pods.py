"""Privileges of pods."""

from collections.abc import Iterator

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.pod_security import Reason, reasons, written_at
from ai_server.checks.subjects.pods import PodSubject, pods
from ai_server.reading.profiles import Keys


@rule("security/weak-pod")
def privileges(view: RenderView) -> Iterator[Violation]:
    """Compares each pod with the restricted standard; reports one finding for each key."""
    by_key: dict[tuple[Keys, str], list[tuple[PodSubject, Reason]]] = {}
    for pod in pods(view):
        for reason in reasons(pod.pod):
            keys = written_at(pod, reason)
            # the chart's own need is fine; privileged: true in the user's security context is not
            if not reason.needed or view.get(*keys) is True:
                by_key.setdefault((keys, reason.container), []).append((pod, reason))
    for (keys, _), reasons_of_key in by_key.items():
        names = list(dict.fromkeys(pod.identity for pod, _ in reasons_of_key))
        others = f" (and {len(names) - 1} more)" if len(names) > 1 else ""
        texts = " and ".join(dict.fromkeys(reason.text for _, reason in reasons_of_key))
        fixes = "; ".join(dict.fromkeys(reason.fix for _, reason in reasons_of_key))
        # missing only the strictest level does not allow an escape
        mild = all(reason.level == "restricted" or reason.volume for _, reason in reasons_of_key)
        yield Violation(keys, f"{names[0]}{others}: {texts}", fixes, severity="warning" if mild else None)
