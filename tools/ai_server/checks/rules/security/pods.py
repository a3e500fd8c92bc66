"""Privileges of pods."""

from collections.abc import Iterator
from typing import Any

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.pod_security import Reason, is_custom, reasons, written_at
from ai_server.checks.subjects.pods import PodSubject, pods
from ai_server.reading.profiles import Keys
from ai_server.reading.wording import enumerated, plural
from ai_server.reading.yamltext import flow

AS_USER = {"runAsNonRoot": True, "runAsUser": 1000}
RESTRICTED: dict[str, dict[str, Any]] = {
    "allowPrivilegeEscalation": {"allowPrivilegeEscalation": False},
    "capabilities": {"capabilities": {"drop": ["ALL"]}},
    "runAsUser": AS_USER,
    "runAsNonRoot": AS_USER,
    "seccompProfile": {"seccompProfile": {"type": "RuntimeDefault"}},
    "readOnlyRootFilesystem": {"readOnlyRootFilesystem": True},
}
"""What a security context sets for each reason of a container that only lacks it."""


@rule("security/weak-pod")
def privileges(view: RenderView) -> Iterator[Violation]:
    """Compares each pod with the restricted standard; reports one finding for each key and fix."""
    by_fix: dict[tuple[Keys, str], list[tuple[PodSubject, Reason]]] = {}
    for pod in pods(view):
        yield from _unrestricted(pod)
        for reason in reasons(pod.pod):
            if is_custom(pod, reason) and not reason.asked_for:
                continue
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


def _unrestricted(pod: PodSubject) -> Iterator[Violation]:
    """One violation for each custom container that lacks restrictions: a warning in a custom pod."""
    by_container: dict[str, list[Reason]] = {}
    for reason in reasons(pod.pod):
        if is_custom(pod, reason) and reason.container and not reason.asked_for:
            by_container.setdefault(reason.container, []).append(reason)
    for name, missing in by_container.items():
        block = {key: value for reason in missing for key, value in RESTRICTED[reason.keys[0]].items()}
        what = enumerated([reason.text.removeprefix(f"{name} ") for reason in missing])
        mild = bool(pod.workload.extra) or all(reason.level == "restricted" for reason in missing)
        message, fix = f"{pod.identity}: {name} {what}", f"set securityContext: {flow(block)} in the container"
        yield Violation(written_at(pod, missing[0]), message, fix, severity="warning" if mild else None)
