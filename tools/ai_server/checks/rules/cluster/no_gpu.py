"""A GPU that a node does not have, or has no longer free."""

from collections.abc import Iterator
from difflib import get_close_matches

from ai_server.checks.engine.keypaths import origin
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import ClusterView
from ai_server.checks.subjects.capacity import Short, shortages
from ai_server.kube.manifests import identity
from ai_server.reading.profiles import Keys

ABOUT = frozenset({"node", "selector", "gpuAccess", "gpuResource", "gpuCount"})


@rule("cluster/no-gpu")
def check(view: ClusterView) -> Iterator[Violation]:
    """A finding for each pod that is short of an extended resource."""
    for short in shortages(view):
        for resource in sorted(name for name in short.resources if "/" in name):
            keys = origin(short.pod.owner)
            key = next((path for path in _keys(view, keys, resource) if view.given(*path)), keys)
            message, fix = _words(short, resource)
            yield Violation(key, f"{identity(short.pod.owner)} {message}", fix, about=ABOUT)


def _words(short: Short, resource: str) -> tuple[str, str]:
    has, name = short.has, short.node["metadata"]["name"]
    if resource in has and has[resource] > 0:
        return short.words([resource]), short.fix([resource])
    if resource in has:
        message = f"asks for {resource}, of which node {name} has none{short.others}: its device plugin found no device"
        return message, "see the plugin's log on that node, or set gpuAccess to what needs none"
    message = f"asks for {resource}, which node {name} does not have{short.others}"
    if near := get_close_matches(resource, [each for each in has if "/" in each], n=1):
        return message, f"write {near[0]}"
    return message, "install the device plugin, or set gpuAccess to what needs none"


def _keys(view: ClusterView, owner: Keys, resource: str) -> list[Keys]:
    own = [("gpuCount",), ("gpuResource",), *(("resources", kind, resource) for kind in ("limits", "requests"))]
    return [view.setting(owner, *keys) for keys in (*own, ("gpuAccess",))]
