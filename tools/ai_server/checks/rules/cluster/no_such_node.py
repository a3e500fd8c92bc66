"""A node that is not there."""

import difflib
from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found, origin
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.placement import placement
from ai_server.kube.nodes import HOSTNAME, labels

RULE = Rule(
    "A node that the cluster does not have",
    needs="cluster",
    why="An entry of `nodes` is for the node of its key, or of its `node`: the value of the label"
    " kubernetes.io/hostname. A pod for a node that is not there stays Pending for ever.",
    wrong="rocm:\n  nodes:\n    halo: {node: hallo}",
    right="rocm:\n  nodes:\n    halo: {node: halo}",
)


def check(context: Context) -> Iterator[Found]:
    """A finding for each pod whose node's name is no node's."""
    here = placement(context)
    names = sorted(labels(node)[HOSTNAME] for node in here.nodes)
    for placed in here.placed:
        context.count("pods against nodes")
        host = (placed.pod.spec.get("nodeSelector") or {}).get(HOSTNAME)
        if host and host not in names:
            keys = origin(placed.pod.owner)
            named = (*keys, "node")
            near = difflib.get_close_matches(host, names, n=1)
            hint = f'; did you mean "{near[0]}"?' if near else ""
            fix = f"write {near[0]}" if near else f"nodes: {', '.join(names[:12])}"
            message = f'no node named "{host}" in {here.facts.source}{hint}'
            yield Found(named if context.given(*named) else keys, message, fix)
