"""cluster/no-such-node, cluster/no-node-matches, cluster/taint: each pod has a node that it may go to."""

import difflib
from collections.abc import Iterator

from ai_server.checks.findings import Context, Finding, origin
from ai_server.manifests import Pod, identity
from ai_server.nodes import ARCH, HOSTNAME, labels, selected, untolerated

RULE = "cluster/no-such-node"


def check(context: Context) -> Iterator[Finding]:
    """A finding for each pod that the scheduler would leave Pending for labels or taints."""
    if context.facts is None:
        yield context.unchecked(
            RULE, "nodes, taints, GPUs and classes: no cluster was given (--cluster FILE or --live)"
        )
        return
    for pod in context.manifests.running() if context.manifests else []:
        context.count("pods against nodes")
        yield from _pod(context, pod)


def _pod(context: Context, pod: Pod) -> Iterator[Finding]:
    nodes = context.facts.of_kind("Node") if context.facts else []
    keys = origin(pod.owner)
    fitting = selected(pod, nodes)
    if not fitting:
        yield _nowhere(context, pod)
        return
    tolerations = pod.spec.get("tolerations") or []
    kept_off = {node["metadata"]["name"]: untolerated(node, tolerations) for node in fitting}
    if pod.owner["kind"] == "DaemonSet":
        # a pool is meant to be on each of its nodes
        barred = {name: taints for name, taints in kept_off.items() if taints}
    else:
        barred = kept_off if all(kept_off.values()) else {}
    if barred:
        name, taints = next(iter(sorted(barred.items())))
        others = f" (and {len(barred) - 1} more nodes)" if len(barred) > 1 else ""
        message = f"{identity(pod.owner)} does not tolerate {', '.join(taints)} of node {name}{others}"
        key, _, rest = taints[0].partition("=")
        value, _, effect = rest.partition(":")
        toleration = f"{{key: {key}, operator: Equal, value: {value!r}, effect: {effect}}}".replace("'", '"')
        fix = f"add to {keys[0] if keys else 'global'}.pod.tolerations: {toleration}"
        yield context.finding("cluster/taint", keys, message, fix)


def _nowhere(context: Context, pod: Pod) -> Finding:
    nodes = context.facts.of_kind("Node") if context.facts else []
    source = context.facts.source if context.facts else ""
    keys = origin(pod.owner)
    selector = pod.spec.get("nodeSelector") or {}
    host = selector.get(HOSTNAME)
    names = [labels(node)[HOSTNAME] for node in nodes]
    if host and host not in names:
        near = difflib.get_close_matches(host, names, n=1)
        hint = f'; did you mean "{near[0]}"?' if near else ""
        place = (*keys, "node") if (*keys, "node") in context.values.places else keys
        fix = f"write {near[0]}" if near else f"nodes: {', '.join(sorted(names)[:12])}"
        return context.finding(RULE, place, f'no node named "{host}" in {source}{hint}', fix)
    wanted = ", ".join(f"{key}={value}" for key, value in sorted(selector.items())) or "its affinity"
    architectures = sorted({labels(node).get(ARCH, "unknown") for node in nodes})
    rule = (
        "cluster/architecture"
        if ARCH in selector and selector[ARCH] not in architectures
        else "cluster/no-node-matches"
    )
    message = f"{identity(pod.owner)}: no node in {source} has the labels {wanted}"
    return context.finding(rule, keys, message, "label a node so, or change the selector")
