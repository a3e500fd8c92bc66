"""A node that takes no pods."""

from collections.abc import Iterator

from ai_server.checks.findings import Context, Found, origin
from ai_server.checks.placement import placement
from ai_server.checks.rules import Rule
from ai_server.manifests import identity
from ai_server.nodes import NOT_READY

RULE = Rule(
    "A node that takes no new pods",
    severity="warning",
    needs="cluster",
    why="A node that is cordoned or not ready is there, and yet the pod will wait for it.",
    wrong="rocm:\n  nodes:\n    resting: {renderGroup: 991}",
    right="rocm:\n  nodes:\n    halo: {renderGroup: 991}",
)


def check(context: Context) -> Iterator[Found]:
    """A warning for each pod all of whose nodes are cordoned or not ready."""
    for placed in placement(context).placed:
        states = {node["metadata"]["name"]: _state(node) for node in placed.fitting}
        if states and all(states.values()):
            name, state = next(iter(states.items()))
            message = f"{identity(placed.pod.owner)} will wait: node {name} is {state}"
            yield Found(origin(placed.pod.owner), message, f"kubectl uncordon {name}, or see why it is not ready")


def _state(node: dict[str, object]) -> str:
    spec, status = node.get("spec") or {}, node.get("status") or {}
    assert isinstance(spec, dict)
    assert isinstance(status, dict)
    if spec.get("unschedulable"):
        return "cordoned"
    ready = [each.get("status") for each in status.get("conditions") or [] if each.get("type") == "Ready"]
    return "not ready" if ready and ready[0] in NOT_READY else ""
