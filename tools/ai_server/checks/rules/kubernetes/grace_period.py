"""A pod that has to end before its stop hook has."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found, origin
from ai_server.checks.engine.registry import Rule
from ai_server.reading.profiles import Keys

RULE = Rule(
    "A grace period that the stop hook uses up",
    why="Before the gateway is told to stop, its preStop hook sleeps 5 seconds, so that the Service no longer sends it"
    " requests. The hook counts as part of terminationGracePeriodSeconds: the API server refuses a shorter period, and"
    " with one of the same length the pod is killed at once, with every answer that it was writing.",
    wrong="litellm:\n  pod: {terminationGracePeriodSeconds: 3}",
    right="litellm:\n  pod: {terminationGracePeriodSeconds: 60}",
)
DEFAULT = 30
"""Kubernetes' own, of a pod that says nothing."""


def check(context: Context) -> Iterator[Found]:
    """A finding for each pod whose grace period is not above the seconds that a preStop hook of it sleeps."""
    for pod in context.manifests.running() if context.manifests else []:
        grace = pod.spec.get("terminationGracePeriodSeconds", DEFAULT)
        for container in pod.containers():
            hook = ((container.get("lifecycle") or {}).get("preStop") or {}).get("sleep") or {}
            seconds = hook.get("seconds")
            if not isinstance(seconds, int):
                continue
            context.count("stop hooks")
            if seconds >= grace:
                then = "the API server refuses that" if seconds > grace else "nothing is left to finish answers in"
                message = f"{grace} s, and the stop hook of {container['name']} sleeps {seconds} s: {then}"
                yield Found(_key(context, origin(pod.owner)), message, f"write at least {seconds + 25}")


def _key(context: Context, owner: Keys) -> Keys:
    """Where the grace period was written: at the pod's own entry, its component, or for all pods."""
    own = context.setting(owner, "pod", "terminationGracePeriodSeconds")
    shared: Keys = ("global", "pod", "terminationGracePeriodSeconds")
    return shared if not context.given(*own) and context.given(*shared) else own
