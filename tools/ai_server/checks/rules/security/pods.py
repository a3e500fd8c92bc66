"""Privileges of pods."""

from collections.abc import Iterator

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.pod_security import Reason, reasons, written_at
from ai_server.checks.subjects.pods import PodSubject, pods
from ai_server.reading.profiles import Keys
from ai_server.reading.wording import plural


@rule("security/weak-pod")
def privileges(view: RenderView) -> Iterator[Violation]:
    """Compares each pod with the restricted standard; reports one finding for each key and fix."""
    by_fix: dict[tuple[Keys, str], list[tuple[PodSubject, Reason]]] = {}
    for pod in pods(view):
        for reason in reasons(pod.pod):
            keys = written_at(pod, reason)
            # the chart's own need is fine; privileged: true in the user's security context is not
            if not reason.needed or view.get(*keys) is True:
                by_fix.setdefault((keys, reason.fix), []).append((pod, reason))
    for (keys, fix), reasons_of_key in by_fix.items():
        names = list(dict.fromkeys(pod.identity for pod, _ in reasons_of_key))
        others = f" (and {len(names) - 1} more)" if len(names) > 1 else ""
        texts = list(dict.fromkeys(reason.text for _, reason in reasons_of_key))
        more = f" and {plural(len(texts) - 1, 'other container')} too" if len(texts) > 1 else ""
        # missing only the strictest level does not allow an escape
        mild = all(reason.level == "restricted" or reason.volume for _, reason in reasons_of_key)
        yield Violation(keys, f"{names[0]}{others}: {texts[0]}{more}", fix, severity="warning" if mild else None)
