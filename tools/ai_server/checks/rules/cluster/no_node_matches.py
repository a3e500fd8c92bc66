"""Labels that no node has."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found, origin
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.placement import placement
from ai_server.kube.manifests import identity
from ai_server.kube.nodes import ARCH, HOSTNAME, labels

RULE = Rule(
    "A pod whose labels or affinity no node meets",
    needs="cluster",
    why="A pool is picked by the labels of its nodes, and pod.nodeSelector and pod.affinity narrow it. Where no node"
    " has them all, a Deployment stays Pending, and a DaemonSet has no pods and says nothing.",
    wrong="rocm:\n  nodes:\n    halo: {selector: {pool: b}}",
    right="rocm:\n  nodes:\n    halo: {selector: {pool: a}}",
)


def check(context: Context) -> Iterator[Found]:
    """A finding for each pod that fits no node."""
    here = placement(context)
    names = {labels(node)[HOSTNAME] for node in here.nodes}
    for placed in here.placed:
        selector = placed.pod.spec.get("nodeSelector") or {}
        host = selector.get(HOSTNAME)
        if placed.fitting or (host and host not in names) or _wrong_architecture(context, selector):
            continue
        others = {key: value for key, value in selector.items() if key != HOSTNAME}
        wanted = ", ".join(f"{key}={value}" for key, value in sorted(others.items())) or "its affinity"
        who = f"node {host} in {here.facts.source} does not have" if host else f"no node in {here.facts.source} has"
        keys = origin(placed.pod.owner)
        named = next((path for path in _places(context, keys, selector) if context.given(*path)), keys)
        yield Found(named, f"{identity(placed.pod.owner)}: {who} {wanted}", "label a node so, or change the selector")


def _wrong_architecture(context: Context, selector: dict[str, str]) -> bool:
    known = {labels(node).get(ARCH) for node in placement(context).nodes}
    return ARCH in selector and selector[ARCH] not in known


def _places(context: Context, keys: tuple[str | int, ...], selector: dict[str, str]) -> list[tuple[str | int, ...]]:
    places = [(*keys, "selector", key) for key in sorted(selector)]
    places += [context.setting(keys, "pod", "nodeSelector", key) for key in sorted(selector)]
    places += [("global", "pod", "nodeSelector", key) for key in sorted(selector)]
    return [*places, context.setting(keys, "pod", "affinity"), ("global", "pod", "affinity")]
