"""Taints that exclude pods, and tolerations that nothing needs."""

from collections.abc import Iterator

from ai_server.checks import facts
from ai_server.checks.core.keypaths import dotted
from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import ClusterView
from ai_server.checks.subjects.nodes import KINDS
from ai_server.checks.subjects.placement import placement
from ai_server.checks.subjects.pods import pods
from ai_server.helm.render import chart_defaults
from ai_server.kube.manifests import Object
from ai_server.kube.nodes import (
    taint_text,
    tolerates,
)
from ai_server.reading.wording import plural
from ai_server.reading.yamltext import flow

ABOUT_TAINTS = frozenset({"node", "selector", "pod", "tolerations", "key", "operator", "value", "effect"})


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
