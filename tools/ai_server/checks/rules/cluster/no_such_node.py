"""A node that is not there."""

import difflib
from collections.abc import Iterator

from ai_server.checks.engine.keypaths import origin
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import ClusterView
from ai_server.checks.subjects.placement import placement
from ai_server.kube.nodes import HOSTNAME, labels


@rule("cluster/no-such-node")
def check(view: ClusterView) -> Iterator[Violation]:
    """A finding for each pod whose node's name is no node's."""
    here = placement(view)
    names = sorted(labels(node)[HOSTNAME] for node in here.nodes)
    for placed in here.placed:
        view.count("pods against nodes")
        host = (placed.pod.spec.get("nodeSelector") or {}).get(HOSTNAME)
        if host and host not in names:
            keys = origin(placed.pod.owner)
            named = (*keys, "node")
            near = difflib.get_close_matches(host, names, n=1)
            hint = f'; did you mean "{near[0]}"?' if near else ""
            fix = f"write {near[0]}" if near else f"nodes: {', '.join(names[:12])}"
            message = f'no node named "{host}" in {here.facts.source}{hint}'
            keys = named if view.given(*named) else keys
            yield Violation(keys, message, fix, about=frozenset({"node"}))
