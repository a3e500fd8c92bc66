"""cluster/no-gpu, cluster/too-little: GPUs, memory and CPU on each node, beside what runs there already."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from ai_server.checks.findings import Context, Finding, origin
from ai_server.manifests import Object, Pod, identity
from ai_server.nodes import allocatable, human, requests, selected, untolerated

Amounts = dict[str, Decimal]


def check(context: Context) -> Iterator[Finding]:
    """A finding for each pod that finds no room. Pods with one possible node are placed first, as the scheduler would
    have to; the others need one node with room for them alone.
    """
    if context.facts is None or context.manifests is None:
        return
    nodes = {node["metadata"]["name"]: node for node in context.facts.of_kind("Node")}
    left = {name: _left(node, context.facts.of_kind("Pod"), context) for name, node in nodes.items()}
    candidates = [(pod, _possible(pod, nodes)) for pod in context.manifests.running()]
    if not context.facts.knows("Pod"):
        why = "what other pods have reserved: the cluster file lists no Pods"
        yield context.unchecked("cluster/too-little", why)
    for pod, names in sorted(candidates, key=lambda pair: len(pair[1])):
        if not names:
            continue
        every = pod.owner["kind"] == "DaemonSet"
        needed = requests(pod.spec)
        short = {name: _short(needed, left[name]) for name in names}
        for name in names if every else [name for name in names if not short[name]][:1]:
            for resource, amount in needed.items():
                left[name][resource] = left[name].get(resource, Decimal(0)) - amount
        context.count("pods against capacity")
        bad = [name for name in names if short[name]]
        if bad and (every or len(bad) == len(names)):
            yield _finding(context, pod, nodes[bad[0]], short[bad[0]], needed, len(bad))


def _possible(pod: Pod, nodes: dict[str, Object]) -> list[str]:
    tolerations = pod.spec.get("tolerations") or []
    return [node["metadata"]["name"] for node in selected(pod, nodes.values()) if not untolerated(node, tolerations)]


def _left(node: Object, running: list[Object], context: Context) -> Amounts:
    """What a node has left, pods of this release apart: they will be replaced."""
    left: defaultdict[str, Decimal] = defaultdict(Decimal, allocatable(node))
    for pod in running:
        own = (pod["metadata"].get("labels") or {}).get("app.kubernetes.io/instance") == context.release
        ended = (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")
        if pod["spec"].get("nodeName") == node["metadata"]["name"] and not own and not ended:
            for resource, amount in requests(pod["spec"]).items():
                left[resource] -= amount
    return dict(left)


def _short(needed: Amounts, left: Amounts) -> list[str]:
    return [resource for resource, amount in needed.items() if amount > left.get(resource, Decimal(0))]


def _finding(context: Context, pod: Pod, node: Object, short: list[str], needed: Amounts, count: int) -> Finding:
    name = node["metadata"]["name"]
    has = allocatable(node)
    resource = sorted(short, key=lambda each: "/" not in each)[0]
    others = f" (and on {count - 1} more nodes)" if count > 1 else ""
    if "/" in resource and resource not in has:
        message = f"{identity(pod.owner)} asks for {resource}, which node {name} does not have{others}"
        fix = "install the device plugin, or set gpuAccess to what needs none"
        return context.finding("cluster/no-gpu", origin(pod.owner), message, fix)
    total = human(resource, has.get(resource, Decimal(0)))
    message = (
        f"{identity(pod.owner)} asks for {human(resource, needed[resource])} of {resource}, and node {name} has too"
        f" little left of its {total}{others}"
    )
    rule = "cluster/no-gpu" if "/" in resource else "cluster/too-little"
    fix = "another pod of the release or of the cluster has the rest: ask for less, or move one"
    return context.finding(rule, origin(pod.owner), message, fix)
