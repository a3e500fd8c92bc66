"""A toleration for a taint that no node has."""

from collections.abc import Iterator
from typing import Any

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import ClusterView
from ai_server.checks.subjects.placement import placement
from ai_server.kube.nodes import tolerates
from ai_server.reading.profiles import Keys


@rule("cluster/useless-toleration")
def check(view: ClusterView) -> Iterator[Violation]:
    """A hint for each such toleration of the user's own files; the chart's own are for nodes that may be there."""
    here = placement(view)
    taints = [taint for node in here.nodes for taint in (node.get("spec") or {}).get("taints") or []]
    # an error says what to write in its place
    told = {taint.partition("=")[0] for barred in here.barred for taint in barred.taints}
    for keys, toleration in _written(view.values.values, ()):
        view.count("tolerations")
        if isinstance(toleration, dict) and not any(tolerates(toleration, taint) for taint in taints):
            name = toleration.get("key", "")
            # Kubernetes' own are there while something is wrong with a node
            if name and name not in told and not name.startswith("node.kubernetes.io/") and view.given(*keys):
                value = f"={toleration['value']}" if toleration.get("value") else ""
                message = f"no node has the taint {name}{value} that this tolerates"
                yield Violation(keys, message, "taint the node, or take it out")


def _written(value: Any, path: Keys) -> Iterator[tuple[Keys, Any]]:
    for key, each in value.items() if isinstance(value, dict) else ():
        if key == "tolerations" and isinstance(each, list):
            yield from (((*path, key, index), item) for index, item in enumerate(each))
        else:
            yield from _written(each, (*path, key))
