"""Pods that an init container keeps from starting, such as memory-check if their models need too much memory."""

from collections.abc import Iterable, Iterator

from ai_server.kube.manifests import Object


def stopped(pods: Iterable[Object]) -> Iterator[str]:
    """For each pod whose init container failed last: both names, and the last line that it printed."""
    for pod in pods:
        for status in (pod.get("status") or {}).get("initContainerStatuses") or []:
            ended = _ended(status.get("state")) or _ended(status.get("lastState"))
            if ended.get("exitCode"):
                lines = (ended.get("message") or "").strip().splitlines()
                reason = lines[-1] if lines else f"exit code {ended['exitCode']}"
                yield f"{pod['metadata']['name']} does not start: {status['name']}: {reason}"


def _ended(state: Object | None) -> Object:
    ended: Object = (state or {}).get("terminated") or {}
    return ended
