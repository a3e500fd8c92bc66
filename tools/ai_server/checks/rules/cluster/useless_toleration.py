"""A toleration for a taint that no node has."""

from collections.abc import Iterator
from typing import Any

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.placement import placement
from ai_server.kube.nodes import tolerates
from ai_server.reading.profiles import Keys

RULE = Rule(
    "A toleration that you wrote for a taint that no node has",
    severity="hint",
    needs="cluster",
    why="It does no harm, but the node that was meant may have lost its taint, and then any pod may take its memory.",
    wrong="rocm:\n  pod:\n    tolerations: [{key: rocm-inference, operator: Exists}, {key: rocm-inferense, operator:"
    " Exists}]",
    right="rocm:\n  pod:\n    tolerations: [{key: rocm-inference, operator: Exists}]",
)


def check(context: Context) -> Iterator[Found]:
    """A hint for each such toleration of the user's own files; the chart's own are for nodes that may be there."""
    here = placement(context)
    taints = [taint for node in here.nodes for taint in (node.get("spec") or {}).get("taints") or []]
    # an error says what to write in its place
    told = {taint.partition("=")[0] for barred in here.barred for taint in barred.taints}
    for keys, toleration in _written(context.values.values, ()):
        context.count("tolerations")
        if isinstance(toleration, dict) and not any(tolerates(toleration, taint) for taint in taints):
            name = toleration.get("key", "")
            # Kubernetes' own are there while something is wrong with a node
            if name and name not in told and not name.startswith("node.kubernetes.io/") and context.given(*keys):
                value = f"={toleration['value']}" if toleration.get("value") else ""
                message = f"no node has the taint {name}{value} that this tolerates"
                yield Found(keys, message, "taint the node, or take it out")


def _written(value: Any, path: Keys) -> Iterator[tuple[Keys, Any]]:
    for key, each in value.items() if isinstance(value, dict) else ():
        if key == "tolerations" and isinstance(each, list):
            yield from (((*path, key, index), item) for index, item in enumerate(each))
        else:
            yield from _written(each, (*path, key))
