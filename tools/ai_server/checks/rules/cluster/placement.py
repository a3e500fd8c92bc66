"""The nodes that pods may run on."""

from collections.abc import Iterator
from dataclasses import replace

from ai_server.checks import facts
from ai_server.checks.core.keypaths import dotted
from ai_server.checks.core.model import Severity, Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import ClusterView
from ai_server.checks.subjects.capacity import shortages
from ai_server.checks.subjects.copies import replicas
from ai_server.checks.subjects.neighbours import alone
from ai_server.checks.subjects.nodes import KINDS
from ai_server.checks.subjects.placement import Placed, Placement, placement
from ai_server.checks.subjects.platforms import platforms_of
from ai_server.checks.subjects.pods import pods
from ai_server.helm.render import chart_defaults
from ai_server.kube.manifests import Object
from ai_server.kube.nodes import (
    ARCH,
    HOSTNAME,
    STATES,
    allocatable,
    labels,
    needs,
    states,
    taint_text,
    tolerates,
)
from ai_server.near import choice
from ai_server.reading.wording import plural
from ai_server.reading.yamltext import flow

PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
ABOUT_NODE = frozenset({"node", "selector"})
ABOUT_TAINTS = frozenset({"node", "selector", "pod", "tolerations", "key", "operator", "value", "effect"})


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
        fix = "label a node accordingly, or change the selector"
        pod = placed.subject.identity
        yield Violation(keys, f"{pod}: {who} {wanted}", fix, about=ABOUT_NODE, at=pod)


@rule("cluster/taint")
def taints(view: ClusterView) -> Iterator[Violation]:
    """Looks for taints that exclude a pod from all of its nodes, or from one node of a pool."""
    for barred in placement(view).barred:
        pod, node = barred.placed.subject, barred.node["metadata"]["name"]
        others = f" (and {plural(barred.nodes - 1, 'more node')})" if barred.nodes > 1 else ""
        message = f"{pod.identity} does not tolerate {', '.join(map(taint_text, barred.taints))} of node {node}{others}"
        if other := _other_value(barred.taints, barred.placed.tolerations):
            message += f"; it tolerates {other}"
        # a list replaces the default: it must repeat the existing tolerations
        wanted = [*barred.placed.tolerations, *map(_toleration, barred.taints)]
        of_nodes = [(node.get("spec") or {}).get("taints") or [] for node in placement(view).nodes]
        tainted = [taints for taints in of_nodes if all(taint in taints for taint in barred.taints)]
        of_entry = len(tainted) == 1 and "." not in "".join(map(str, pod.key))
        own = pod.key if of_entry else pod.component
        key = dotted(pod.given("tolerations") or (*own, "pod", "tolerations"))
        kind = _kind_of(barred.taints) if {*pod.component[:1]} <= {*KINDS} else ""
        other = f"move the entry to {kind}.nodes, whose pods tolerate it" if kind else "choose another node"
        fix = f"{other}, or set {key}: {flow(wanted)}" if kind else f"set {key}: {flow(wanted)}, or {other}"
        yield Violation(pod.written("tolerations"), message, fix, about=ABOUT_TAINTS, at=pod.identity)


def _other_value(taints: list[Object], tolerations: list[Object]) -> str:
    """What a pod tolerates of a taint's key, if the value is another one."""
    keys = {taint["key"] for taint in taints}
    alike = (toleration for toleration in tolerations if toleration.get("key") in keys and toleration.get("value"))
    return next((f"{toleration['key']}={toleration['value']}" for toleration in alike), "")


def _kind_of(taints: list[Object]) -> str:
    """The section of nodes whose pods tolerate some taints by default; "" if none does."""
    for kind in KINDS:
        known = chart_defaults()[kind]["pod"].get("tolerations") or []
        if all(any(tolerates(toleration, taint) for toleration in known) for taint in taints):
            return kind
    return ""


def _toleration(taint: Object) -> Object:
    value = taint.get("value") or ""
    return {"key": taint["key"], "operator": "Equal", "value": value, "effect": taint["effect"]}


@rule("cluster/useless-toleration")
def tolerations(view: ClusterView) -> Iterator[Violation]:
    """Looks at the user's tolerations; those of the chart are for future nodes."""
    layout = placement(view)
    taints_of_nodes = [taint for node in layout.nodes for taint in (node.get("spec") or {}).get("taints") or []]
    # cluster/taint already reports these, with the right toleration
    reported = {taint["key"] for barred in layout.barred for taint in barred.taints}
    written = {
        keys: toleration
        for pod in pods(view)
        for index, toleration in enumerate(pod.spec.get("tolerations") or [])
        if (keys := pod.given("tolerations", index))
    }
    for keys, toleration in written.items():
        if not any(tolerates(toleration, taint) for taint in taints_of_nodes):
            name = toleration.get("key", "")
            # Kubernetes sets its own taints only while a node has a problem
            usual = name in facts.table("device_plugins")  # vendors' own name for nodes with their GPUs
            if name and not usual and name not in reported and not name.startswith("node.kubernetes.io/"):
                value = f"={toleration['value']}" if toleration.get("value") else ""
                message = f"no node has the taint {name}{value}"
                yield Violation(keys, message, "taint the node, or remove it")


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
