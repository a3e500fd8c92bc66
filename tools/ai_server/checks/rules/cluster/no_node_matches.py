"""Labels that no node has."""

from collections.abc import Iterator

from ai_server.checks.engine.keypaths import origin
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import ClusterView
from ai_server.checks.subjects.placement import placement
from ai_server.kube.manifests import identity
from ai_server.kube.nodes import ARCH, HOSTNAME, labels


@rule("cluster/no-node-matches")
def check(view: ClusterView) -> Iterator[Violation]:
    """A finding for each pod that fits no node."""
    here = placement(view)
    names = {labels(node)[HOSTNAME] for node in here.nodes}
    for placed in here.placed:
        selector = placed.pod.spec.get("nodeSelector") or {}
        host = selector.get(HOSTNAME)
        if placed.fitting or (host and host not in names) or _wrong_architecture(view, selector):
            continue
        others = {key: value for key, value in selector.items() if key != HOSTNAME}
        wanted = ", ".join(f"{key}={value}" for key, value in sorted(others.items())) or "its affinity"
        who = f"node {host} in {here.facts.source} does not have" if host else f"no node in {here.facts.source} has"
        keys = origin(placed.pod.owner)
        named = next((path for path in _places(view, keys, selector) if view.given(*path)), keys)
        message = f"{identity(placed.pod.owner)}: {who} {wanted}"
        about = frozenset({"node", "selector"})
        yield Violation(named, message, "label a node so, or change the selector", about=about)


def _wrong_architecture(view: ClusterView, selector: dict[str, str]) -> bool:
    known = {labels(node).get(ARCH) for node in placement(view).nodes}
    return ARCH in selector and selector[ARCH] not in known


def _places(view: ClusterView, keys: tuple[str | int, ...], selector: dict[str, str]) -> list[tuple[str | int, ...]]:
    places = [(*keys, "selector", key) for key in sorted(selector)]
    places += [view.setting(keys, "pod", "nodeSelector", key) for key in sorted(selector)]
    places += [("global", "pod", "nodeSelector", key) for key in sorted(selector)]
    return [*places, view.setting(keys, "pod", "affinity"), ("global", "pod", "affinity")]
