"""Pods without room on their nodes, next to the pods that already run there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ai_server.checks.core.views import ClusterView, computed_once
from ai_server.checks.subjects.copies import Copy, copies_of, missing, replicas, take
from ai_server.checks.subjects.placement import Placed, placement
from ai_server.kube.manifests import Object
from ai_server.kube.nodes import NONE, Amounts, allocatable, human, needs, requests, unknown
from ai_server.reading.wording import plural

TRIES = 2000
"""The most steps to search for room for all pods; if that is not enough, nothing is reported."""


@dataclass(frozen=True)
class Short:
    """A pod, a node with too little of some resources, what the pod needs, what is left on the node, and the number
    of further nodes like it. in_upgrade: it is the additional pod of a rollout.
    """

    placed: Placed
    node: Object
    resources: Sequence[str]
    needed: Amounts
    left: Amounts
    more: int
    in_upgrade: bool = False

    @property
    def others(self) -> str:
        """The number of further nodes, as a text."""
        return f" (and on {plural(self.more, 'more node')})" if self.more else ""

    @property
    def has(self) -> Amounts:
        """What the node has without any pods."""
        return allocatable(self.node)

    def words(self, resources: Sequence[str]) -> str:
        """What the pod requests, and how much of that is left on the node."""
        left, has = self.left, self.has
        requested = " and ".join(f"{human(name, self.needed[name])} of {name}" for name in resources)
        shown = [
            f"{human(name, left.get(name, NONE))} of {human(name, has.get(name, NONE))} {name}" for name in resources
        ]
        name = self.node["metadata"]["name"]
        return f"requests {requested}{self._times}; left on node {name}: {', '.join(shown)}{self.others}"

    @property
    def _times(self) -> str:
        """The number of such pods, if it is not one."""
        count = replicas(self.placed.pod)
        times = f" for each of {count} pods" if count > 1 else ""
        return f"{times}{' and' if times else ''} for one more pod during an upgrade" if self.in_upgrade else times

    def fix(self, resources: Sequence[str]) -> str:
        """How to make room."""
        if replicas(self.placed.pod) > 1:
            return "request less, or use fewer replicas"
        alone = all(self.left.get(name) == self.has.get(name) for name in resources)
        if alone or any(self.needed[name] > self.has.get(name, NONE) for name in resources):
            return "request less, or use a larger node"
        return "other pods of the release or the cluster use the rest: request less, or move one"


@computed_once
def shortages(view: ClusterView) -> list[Short]:
    """The pods without room. Those of a DaemonSet and those with one possible node are placed first, as the scheduler
    does. Another pod is short if no node has room for it alone, or if there is no way to place them all.
    """
    return list(_shortages(view))


def unknown_amounts(view: ClusterView) -> dict[str, list[str]]:
    """The resources that pods request and that possible nodes do not list, with the names of these nodes."""
    layout = placement(view)
    nodes: dict[str, list[str]] = {}
    for placed in layout.placed:
        for resource in requests(placed.pod.spec):
            names = [node["metadata"]["name"] for node in placed.meant]
            nodes.setdefault(resource, []).extend(name for name in names if unknown(layout.left[name], resource))
    return {resource: sorted(set(names)) for resource, names in sorted(nodes.items()) if names}


def _shortages(view: ClusterView) -> Iterator[Short]:
    layout = placement(view)
    left = {name: dict(amounts) for name, amounts in layout.left.items()}
    free: list[Copy] = []
    for placed in sorted(layout.placed, key=lambda placed: len(placed.meant) > 1 and not placed.every):
        if not placed.meant:
            continue
        copies = list(copies_of(placed, left))
        if placed.every or len(placed.meant) == 1:
            short_pod = _pinned([copy for copy in copies if not copy.in_upgrade], left)
            if short_pod:
                yield short_pod
            else:
                free += [copy for copy in copies if copy.in_upgrade]
        elif len(short := missing(placed, left)) < len(placed.meant):
            free += copies
        else:
            yield _short(copies[0], short, left)
    yield from _together(free, left)


def _pinned(copies: list[Copy], left: dict[str, Amounts]) -> Short | None:
    """The first pod without room, of those that have no choice of nodes."""
    for copy in copies:
        short = missing(copy.placed, left)
        for node in copy.placed.meant:
            if node["metadata"]["name"] not in short:
                take(copy.placed, left[node["metadata"]["name"]])
        if short:
            return _short(copy, short, left)
    return None


def _together(free: list[Copy], left: dict[str, Amounts]) -> Iterator[Short]:
    """The first pod without room, of those with a choice of nodes: larger ones come first, those of a rollout last."""
    free.sort(
        key=lambda copy: (
            copy.in_upgrade,
            len(copy.placed.meant),
            -needs(copy.placed.pod.spec).get("memory", NONE),
            copy.placed.pod.name,
        )
    )
    left_before = left
    for end in range(1, len(free) + 1):
        tried = {name: dict(amounts) for name, amounts in left.items()}
        steps = [TRIES]
        if _fit([copy.placed for copy in free[:end]], tried, steps, []):
            left_before = tried
        elif steps[0] > 0:
            yield _short(free[end - 1], missing(free[end - 1].placed, left_before), left_before)
            return
        else:
            return


def _fit(pods: list[Placed], left: dict[str, Amounts], steps: list[int], order: list[str]) -> bool:
    """Whether there is a node for each pod, tightest first; updates left, and counts its steps down.

    order: for a pod equal to the one before, the node of that one and those after it, since equal pods are
    interchangeable.
    """
    if not pods:
        return True
    short = missing(pods[0], left)
    names = order or sorted(
        (node["metadata"]["name"] for node in pods[0].meant), key=lambda name: left[name].get("memory", NONE)
    )
    seen: set[tuple[tuple[str, object], ...]] = set()
    for index, name in enumerate(names):
        state = tuple(sorted(left[name].items()))
        if name in short or state in seen:
            continue
        seen.add(state)
        steps[0] -= 1
        if steps[0] <= 0:
            return False
        take(pods[0], left[name])
        again = names[index:] if len(pods) > 1 and pods[1] is pods[0] else []
        if _fit(pods[1:], left, steps, again):
            return True
        take(pods[0], left[name], -1)
    return False


def _short(copy: Copy, short: Mapping[str, list[str]], left: Mapping[str, Amounts]) -> Short:
    placed = copy.placed
    # if the pod would fit by itself, the first node stands for all
    names = list(short) or [node["metadata"]["name"] for node in placed.meant]
    first = next(node for node in placed.meant if node["metadata"]["name"] == names[0])
    resources = short.get(names[0]) or list(needs(placed.pod.spec))
    needed = needs(placed.pod.spec)
    return Short(placed, first, resources, needed, dict(left[names[0]]), len(names) - 1, copy.in_upgrade)
