"""Rules about the nodes that pods may go to."""

import json
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from ai_server.checks.engine.keypaths import dotted
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import ClusterView
from ai_server.checks.subjects.placement import Placed, placement
from ai_server.kube.manifests import Object
from ai_server.kube.nodes import ARCH, HOSTNAME, STATES, labels, states, tolerates
from ai_server.reading.profiles import Keys

ABOUT_NODE = frozenset({"node", "selector"})
ABOUT_TAINTS = frozenset({"node", "selector", "pod", "tolerations", "key", "operator", "value", "effect"})


@rule("cluster/no-such-node")
def names_of_nodes(view: ClusterView) -> Iterator[Violation]:
    """The node that a pod names is there."""
    here = placement(view)
    names = sorted(labels(node)[HOSTNAME] for node in here.nodes)
    for placed in here.placed:
        view.count("pods against nodes")
        host = placed.selector.get(HOSTNAME)
        if host and host not in names:
            near = get_close_matches(host, names, n=1)
            hint = f'; did you mean "{near[0]}"?' if near else ""
            fix = f"write {near[0]}" if near else f"nodes: {', '.join(names[:12])}"
            message = f'no node named "{host}" in {here.facts.source}{hint}'
            keys = placed.subject.written("nodeSelector", HOSTNAME)
            yield Violation(keys, message, fix, about=frozenset({"node"}))


@rule("cluster/no-node-matches")
def labels_of_nodes(view: ClusterView) -> Iterator[Violation]:
    """Each pod fits the labels of a node; of processors cluster/architecture says it."""
    here = placement(view)
    names = {labels(node)[HOSTNAME] for node in here.nodes}
    processors = {labels(node).get(ARCH) for node in here.nodes}
    for placed in here.placed:
        host = placed.selector.get(HOSTNAME)
        if placed.fitting or (host and host not in names) or placed.selector.get(ARCH, None) not in {None, *processors}:
            continue
        others = {key: value for key, value in sorted(placed.selector.items()) if key != HOSTNAME}
        wanted = ", ".join(f"{key}={value}" for key, value in others.items()) or "its affinity"
        who = f"node {host} in {here.facts.source} does not have" if host else f"no node in {here.facts.source} has"
        fields = [*(("nodeSelector", key) for key in others), ("affinity",)]
        keys = next(filter(None, (placed.subject.given(*field) for field in fields)), placed.subject.key)
        fix = "label a node so, or change the selector"
        yield Violation(keys, f"{placed.subject.identity}: {who} {wanted}", fix, about=ABOUT_NODE)


@rule("cluster/taint")
def taints(view: ClusterView) -> Iterator[Violation]:
    """No taint keeps a pod away from all of its nodes, or from one node of a pool."""
    for barred in placement(view).barred:
        pod, node = barred.placed.subject, barred.node["metadata"]["name"]
        others = f" (and {barred.nodes - 1} more nodes)" if barred.nodes > 1 else ""
        message = f"{pod.identity} does not tolerate {', '.join(barred.taints)} of node {node}{others}"
        # a list is replaced as a whole: what is tolerated already has to be in it
        wanted = [*barred.placed.tolerations, *map(_toleration, barred.taints)]
        place = dotted(pod.given("tolerations") or (*pod.component, "pod", "tolerations"))
        fix = f"write {place}: {json.dumps(wanted)}, or choose another node"
        yield Violation(pod.written("tolerations"), message, fix, about=ABOUT_TAINTS)


def _toleration(taint: str) -> dict[str, str]:
    key, _, rest = taint.partition("=")
    value, _, effect = rest.rpartition(":")
    return {"key": key, "operator": "Equal", "value": value, "effect": effect}


@rule("cluster/useless-toleration")
def tolerations(view: ClusterView) -> Iterator[Violation]:
    """Each toleration of the user's own files is for a taint that a node has; the chart's are for nodes to come."""
    here = placement(view)
    there = [taint for node in here.nodes for taint in (node.get("spec") or {}).get("taints") or []]
    # an error says what to write in its place
    said = {taint.partition("=")[0] for barred in here.barred for taint in barred.taints}
    for keys, toleration in _tolerations(view.values.values, ()):
        view.count("tolerations")
        if isinstance(toleration, dict) and not any(tolerates(toleration, taint) for taint in there):
            name = toleration.get("key", "")
            # Kubernetes' own are there while something is wrong with a node
            if name and name not in said and not name.startswith("node.kubernetes.io/") and view.given(*keys):
                value = f"={toleration['value']}" if toleration.get("value") else ""
                message = f"no node has the taint {name}{value} that this tolerates"
                yield Violation(keys, message, "taint the node, or take it out")


def _tolerations(value: Any, path: Keys) -> Iterator[tuple[Keys, Any]]:
    for key, inner in value.items() if isinstance(value, dict) else ():
        if key == "tolerations" and isinstance(inner, list):
            yield from (((*path, key, index), item) for index, item in enumerate(inner))
        else:
            yield from _tolerations(inner, (*path, key))


@rule("cluster/cordoned")
def states_of_nodes(view: ClusterView) -> Iterator[Violation]:
    """Not all nodes of a pod are cordoned, not ready or short of memory, disk or process ids."""
    for placed in placement(view).placed:
        found = {node["metadata"]["name"]: _state(placed, node) for node in placed.fitting}
        if found and all(found.values()):
            name, state = next(iter(found.items()))
            fix = f"kubectl uncordon {name}" if state == "cordoned" else f"kubectl describe node {name} says why"
            message = f"{placed.subject.identity} will wait: node {name} is {state}"
            yield Violation(placed.subject.key, message, fix, about=ABOUT_NODE)


def _state(placed: Placed, node: Object) -> str:
    """Why a pod waits for a node: of a DaemonSet it does so only where nothing runs."""
    now = [name for name in states(node) if not placed.every or STATES[name] == "not ready"]
    return STATES[now[0]] if now else ""
