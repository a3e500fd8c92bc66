"""The nodes that pods may run on."""

from collections.abc import Iterator
from dataclasses import replace

from ai_server.checks.core.model import Severity, Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import ClusterView
from ai_server.checks.subjects.capacity import shortages
from ai_server.checks.subjects.copies import replicas
from ai_server.checks.subjects.neighbours import alone
from ai_server.checks.subjects.placement import Placed, Placement, placement
from ai_server.checks.subjects.platforms import platforms_of
from ai_server.kube.manifests import Object
from ai_server.kube.nodes import (
    ARCH,
    HOSTNAME,
    STATES,
    allocatable,
    labels,
    needs,
    states,
)
from ai_server.near import choice
from ai_server.reading.wording import enumerated

PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
MOST_NAMED = 3
"""Nodes with a value of a label that a fix names."""
ABOUT_NODE = frozenset({"node", "selector"})


@rule("cluster/no-such-node")
def names_of_nodes(view: ClusterView) -> Iterator[Violation]:
    """Looks for the node that a pod names."""
    layout = placement(view)
    names = sorted(labels(node)[HOSTNAME] for node in layout.nodes)
    hostnames = {node["metadata"]["name"]: labels(node)[HOSTNAME] for node in layout.nodes}
    for placed in layout.placed:
        host = placed.selector.get(HOSTNAME)
        if host and host not in names:
            keys = placed.subject.written("nodeSelector", HOSTNAME)
            if host in hostnames:
                label = f"{HOSTNAME}={hostnames[host]}"
                message = f"node {host} has the label {label}, and a pod selects its node by this label"
                yield Violation(keys, message, f"use {hostnames[host]}", about=frozenset({"node"}))
                continue
            near = choice(host, names)
            hint = f'; did you mean "{near}"?' if near else ""
            message = f'no node named "{host}" in {layout.facts.source}{hint}'
            able = [labels(node)[HOSTNAME] for node in layout.nodes if _can_run(layout, placed, node)]
            shown = ", ".join(sorted(able or names)[:12])
            others = f"use one of: {shown}" if able else f"add this node: none of these can run it: {shown}"
            fix = f"use {near}" if near else others
            violation = Violation(keys, message, fix, about=frozenset({"node", "enabled"}))
            yield _only(violation, able[0]) if len(able) == 1 and not near else violation


def _can_run(layout: Placement, placed: Placed, node: Object) -> bool:
    """Whether a node with another name accepts a pod at the moment, has all that it requests, and a processor that its
    images are built for.
    """
    pod = placed.subject.pod
    selector = {label: value for label, value in (pod.spec.get("nodeSelector") or {}).items() if label != HOSTNAME}
    elsewhere = layout.scheduler.possible(replace(pod, spec={**pod.spec, "nodeSelector": selector}))
    arch = labels(node).get(ARCH)
    platforms = [platforms_of(container.image) for container in placed.subject.containers]
    built = not arch or all(arch in known for known in platforms if known)
    amounts = allocatable(node)
    wanted = {name: amount for name, amount in needs(placed.pod.spec).items() if name in amounts or "/" in name}
    enough = all(amounts.get(name, 0) >= amount for name, amount in wanted.items())
    return enough and built and not states(node) and node in elsewhere


def _only(violation: Violation, name: str) -> Violation:
    """The proposal of the only node that can run a pod: as its node, or as the name of its entry."""
    *above, last = violation.keys
    of_entry = violation.move((*above, name), certain=False) if above[-1:] == ["nodes"] else violation
    proposal = violation.use(name, certain=False) if last in ("node", HOSTNAME) else of_entry
    return replace(proposal, fix=f"perhaps use {name}, the only node that can run it")


@rule("cluster/no-node-matches")
def labels_of_nodes(view: ClusterView) -> Iterator[Violation]:
    """Compares node selectors and labels; cluster/architecture reports processors."""
    layout = placement(view)
    names = {labels(node)[HOSTNAME] for node in layout.nodes}
    processors = {labels(node).get(ARCH) for node in layout.nodes}
    for placed in layout.placed:
        host = placed.selector.get(HOSTNAME)
        if placed.fitting or (host and host not in names) or placed.selector.get(ARCH, None) not in {None, *processors}:
            continue
        others = {key: value for key, value in sorted(placed.selector.items()) if key != HOSTNAME}
        wanted = ", ".join(f"{key}={value}" for key, value in others.items()) or "its affinity"
        who = f"node {host} in {layout.facts.source} does not have" if host else f"no node in {layout.facts.source} has"
        fields = [*(("nodeSelector", key) for key in others), ("affinity",)]
        keys = next(filter(None, (placed.subject.given(*field) for field in fields)), placed.subject.key)
        fix = _other_values(layout.nodes, others) or "label a node accordingly, or change the selector"
        pod = placed.subject.identity
        yield Violation(keys, f"{pod}: {who} {wanted}", fix, about=ABOUT_NODE, at=pod)


def _other_values(nodes: list[Object], wanted: dict[str, str]) -> str:
    """The fix for a label that nodes have with another value; "" if several labels are wanted, or none has it."""
    for key in wanted if len(wanted) == 1 else ():
        by_value: dict[str, list[str]] = {}
        for node in nodes:
            if value := labels(node).get(key):
                by_value.setdefault(value, []).append(node["metadata"]["name"])
        if by_value:
            known = [f"{value} ({enumerated(names[:MOST_NAMED])})" for value, names in sorted(by_value.items())]
            return f"{'perhaps use' if len(known) == 1 else 'use one of:'} {', '.join(known)}"
    return ""


@rule("cluster/cordoned")
def states_of_nodes(view: ClusterView) -> Iterator[Violation]:
    """Looks for pods whose nodes are all unavailable."""
    for placed in placement(view).placed:
        by_node = {node["metadata"]["name"]: _state(placed, node) for node in placed.fitting}
        if by_node and all(by_node.values()):
            name, state = next(iter(by_node.items()))
            fix = (
                f"kubectl uncordon {name}" if state == "cordoned" else f"kubectl describe node {name} shows the reason"
            )
            who = placed.subject.identity
            message = f"{who} will wait: node {name} is {state}"
            yield Violation(placed.subject.key, message, fix, about=ABOUT_NODE, at=who)


@rule("cluster/too-few-nodes")
def neighbours(view: ClusterView) -> Iterator[Violation]:
    """Looks for a pod that no node accepts next to the others, although one has room for it alone."""
    stuck = alone(view, [short.placed for short in shortages(view) if not short.in_upgrade])
    if stuck:
        pod, count = stuck.placed.subject, replicas(stuck.placed.pod)
        found = f"only {stuck.with_node} of {count} pods find a node" if count > 1 else "its pod finds no node"
        whose = f"its {stuck.field}" if stuck.field else "where these must run"
        order = "" if stuck.always else ", if those come first"
        message = f"{pod.identity}: {found} next to the other pods{order}, because of {whose}"
        severity: Severity | None = None if stuck.always else "warning"
        fix = f"use fewer replicas, more nodes, or {_PREFERENCES[stuck.field]}"
        about = ABOUT_NODE | {"replicas", "affinity"}
        keys = pod.written(stuck.field) if stuck.field else pod.key
        yield Violation(keys, message, fix, severity=severity, about=about)


_PREFERENCES = {
    "": f"{PREFERRED} there",
    "affinity": PREFERRED,
    "topologySpreadConstraints": "whenUnsatisfiable: ScheduleAnyway",
}


def _state(placed: Placed, node: Object) -> str:
    """Why a pod waits for a node; a pod of a DaemonSet only waits for one that is not ready."""
    now = [name for name in states(node) if not placed.every or STATES[name] == "not ready"]
    return STATES[now[0]] if now else ""
