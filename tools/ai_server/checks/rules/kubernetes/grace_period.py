"""A pod that has to end before its stop hook has."""

from collections.abc import Iterator

from ai_server.checks.engine.keypaths import origin
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.reading.profiles import Keys

DEFAULT = 30
"""Kubernetes' own, of a pod that says nothing."""


@rule("kubernetes/grace-period")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each pod whose grace period is not above the seconds that a preStop hook of it sleeps."""
    for pod in view.manifests.running():
        grace = pod.spec.get("terminationGracePeriodSeconds", DEFAULT)
        for container in pod.containers():
            hook = ((container.get("lifecycle") or {}).get("preStop") or {}).get("sleep") or {}
            seconds = hook.get("seconds")
            if not isinstance(seconds, int):
                continue
            view.count("stop hooks")
            if seconds >= grace:
                then = "the API server refuses that" if seconds > grace else "nothing is left to finish answers in"
                message = f"{grace} s, and the stop hook of {container['name']} sleeps {seconds} s: {then}"
                yield Violation(_key(view, origin(pod.owner)), message, f"write at least {seconds + 25}")


def _key(view: RenderView, owner: Keys) -> Keys:
    """Where the grace period was written: at the pod's own entry, its component, or for all pods."""
    own = view.setting(owner, "pod", "terminationGracePeriodSeconds")
    shared: Keys = ("global", "pod", "terminationGracePeriodSeconds")
    return shared if not view.given(*own) and view.given(*shared) else own
