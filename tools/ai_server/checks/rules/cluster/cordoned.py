"""A node that takes no pods."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found, origin
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.placement import Placed, placement
from ai_server.kube.manifests import Object, identity
from ai_server.kube.nodes import STATES, states

RULE = Rule(
    "A node that takes no new pods",
    severity="warning",
    needs="cluster",
    why="A node that is cordoned, not ready or short of memory or disk is there, and yet the pod will wait for it.",
    wrong="rocm:\n  nodes:\n    resting: {renderGroup: 991}",
    right="rocm:\n  nodes:\n    halo: {renderGroup: 991}",
)


def check(context: Context) -> Iterator[Found]:
    """A warning for each pod all of whose nodes are cordoned, not ready or short of memory, disk or process ids."""
    for placed in placement(context).placed:
        found = {node["metadata"]["name"]: _state(placed, node) for node in placed.fitting}
        if found and all(found.values()):
            name, state = next(iter(found.items()))
            message = f"{identity(placed.pod.owner)} will wait: node {name} is {state}"
            fix = f"kubectl uncordon {name}" if state == "cordoned" else f"kubectl describe node {name} says why"
            yield Found(origin(placed.pod.owner), message, fix)


def _state(placed: Placed, node: Object) -> str:
    """Why a pod waits for a node: of a DaemonSet it does so only where nothing runs."""
    now = [name for name in states(node) if not placed.every or STATES[name] == "not ready"]
    return STATES[now[0]] if now else ""
