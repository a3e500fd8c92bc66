"""A node that takes no pods."""

from collections.abc import Iterator

from ai_server.checks.engine.keypaths import origin
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import ClusterView
from ai_server.checks.subjects.placement import Placed, placement
from ai_server.kube.manifests import Object, identity
from ai_server.kube.nodes import STATES, states


@rule("cluster/cordoned")
def check(view: ClusterView) -> Iterator[Violation]:
    """A warning for each pod all of whose nodes are cordoned, not ready or short of memory, disk or process ids."""
    for placed in placement(view).placed:
        found = {node["metadata"]["name"]: _state(placed, node) for node in placed.fitting}
        if found and all(found.values()):
            name, state = next(iter(found.items()))
            message = f"{identity(placed.pod.owner)} will wait: node {name} is {state}"
            fix = f"kubectl uncordon {name}" if state == "cordoned" else f"kubectl describe node {name} says why"
            yield Violation(origin(placed.pod.owner), message, fix, about=frozenset({"node", "selector"}))


def _state(placed: Placed, node: Object) -> str:
    """Why a pod waits for a node: of a DaemonSet it does so only where nothing runs."""
    now = [name for name in states(node) if not placed.every or STATES[name] == "not ready"]
    return STATES[now[0]] if now else ""
