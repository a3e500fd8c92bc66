"""A taint that a pod does not tolerate."""

import json
from collections.abc import Iterator

from ai_server.checks.engine.keypaths import dotted, origin
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import ClusterView
from ai_server.checks.subjects.placement import placement
from ai_server.kube.manifests import identity

ABOUT = frozenset({"node", "selector", "pod", "tolerations", "key", "operator", "value", "effect"})


@rule("cluster/taint")
def check(view: ClusterView) -> Iterator[Violation]:
    """A finding for each pod that its nodes' taints keep away: from all of them, or from one node of a pool."""
    for barred in placement(view).barred:
        owner, node = barred.placed.pod.owner, barred.node["metadata"]["name"]
        others = f" (and {barred.nodes - 1} more nodes)" if barred.nodes > 1 else ""
        keys = origin(owner)
        message = f"{identity(owner)} does not tolerate {', '.join(barred.taints)} of node {node}{others}"
        where = view.setting(keys, "pod", "tolerations")
        place = where if view.given(*where) else (*keys[:1], "pod", "tolerations")
        # a list is replaced as a whole: what is tolerated already has to be in it
        wanted = [*(barred.placed.pod.spec.get("tolerations") or []), *map(_toleration, barred.taints)]
        fix = f"write {dotted(place)}: {json.dumps(wanted)}, or choose another node"
        yield Violation(where if view.given(*where) else keys, message, fix, about=ABOUT)


def _toleration(taint: str) -> dict[str, str]:
    key, _, rest = taint.partition("=")
    value, _, effect = rest.rpartition(":")
    return {"key": key, "operator": "Equal", "value": value, "effect": effect}
