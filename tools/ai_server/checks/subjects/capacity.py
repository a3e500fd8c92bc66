"""Pods that find no room on their nodes, beside what runs there already."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ai_server.checks.engine.views import ClusterView, computed_once
from ai_server.checks.subjects.copies import Copy, copies_of, replicas
from ai_server.checks.subjects.placement import Placed, placement
from ai_server.kube.manifests import Object
from ai_server.kube.nodes import NONE, Amounts, allocatable, human, is_resource, needs, requests, unknown

TRIES = 2000
"""So many steps are spent on finding room for all; where that is not enough, nobody is told that there is none."""


@dataclass(frozen=True)
class Short:
    """A pod, a node with too little of some resources, what the pod needs, what the node has and has left, and how
    many more nodes are like that. in_upgrade: it is the additional pod of a roll-out.
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
        """The number of further nodes, in words."""
        return f" (and on {self.more} more nodes)" if self.more else ""

    @property
    def has(self) -> Amounts:
        """What the node has when it is empty."""
        return allocatable(self.node)

    def words(self, resources: Sequence[str]) -> str:
        """What the pod asks for, and what is left of that on the node."""
        left, has = self.left, self.has
        asked = " and ".join(f"{human(name, self.needed[name])} of {name}" for name in resources)
        shown = [
            f"{human(name, left.get(name, NONE))} of {human(name, has.get(name, NONE))} {name}" for name in resources
        ]
        name = self.node["metadata"]["name"]
        return f"asks for {asked}{self._times}; left on node {name}: {', '.join(shown)}{self.others}"

    @property
    def _times(self) -> str:
        """How many such pods there are, where it is not one."""
        count = replicas(self.placed.pod)
        each = f" for each of {count} pods" if count > 1 else ""
        return f"{each}{' and' if each else ''} for one more pod while it is upgraded" if self.in_upgrade else each

    def fix(self, resources: Sequence[str]) -> str:
        """What to do about it."""
        if replicas(self.placed.pod) > 1:
            return "ask for less, or for fewer replicas"
        if all(self.left.get(name) == self.has.get(name) for name in resources):
            return "ask for less, or take a larger node"
        return "another pod of the release or of the cluster has the rest: ask for less, or move one"


@computed_once
def shortages(view: ClusterView) -> list[Short]:
    """The pods without room. Those of a DaemonSet and those with one possible node are placed first, as the scheduler
    has to; one of the others is short when no node has room for it alone, or when there is no way to place them all.
    """
    return list(_shortages(view))


def unsaid(view: ClusterView) -> dict[str, list[str]]:
    """The resources that pods ask for and whose amount possible nodes do not say, with these nodes' names."""
    here = placement(view)
    found: dict[str, list[str]] = {}
    for placed in here.placed:
        for resource in requests(placed.pod.spec):
            names = [node["metadata"]["name"] for node in placed.meant]
            found.setdefault(resource, []).extend(name for name in names if unknown(here.left[name], resource))
    return {resource: sorted(set(names)) for resource, names in sorted(found.items()) if names}


def _shortages(view: ClusterView) -> Iterator[Short]:
    here = placement(view)
    left = {name: dict(amounts) for name, amounts in here.left.items()}
    free: list[Copy] = []
    for placed in sorted(here.placed, key=lambda each: len(each.meant) > 1 and not each.every):
        if not placed.meant:
            continue
        view.count("pods against capacity")
        copies = list(copies_of(placed, left))
        if placed.every or len(placed.meant) == 1:
            short_of = _pinned([copy for copy in copies if not copy.in_upgrade], left)
            if short_of:
                yield short_of
            else:
                free += [copy for copy in copies if copy.in_upgrade]
        elif len(short := _missing(placed, left)) < len(placed.meant):
            free += copies
        else:
            yield _short(copies[0], short, left)
    yield from _together(free, left)


def _pinned(copies: list[Copy], left: dict[str, Amounts]) -> Short | None:
    """The first of pods without a choice that has no room on one of its nodes."""
    for copy in copies:
        short = _missing(copy.placed, left)
        for node in copy.placed.meant:
            if node["metadata"]["name"] not in short:
                _take(copy.placed, left[node["metadata"]["name"]])
        if short:
            return _short(copy, short, left)
    return None


def _together(free: list[Copy], left: dict[str, Amounts]) -> Iterator[Short]:
    """The first of the pods with a choice for which there is no room beside those before it, larger ones first, and
    those of a roll-out last.
    """
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
            yield _short(free[end - 1], _missing(free[end - 1].placed, left_before), left_before)
            return
        else:
            return


def _fit(pods: list[Placed], left: dict[str, Amounts], steps: list[int], order: list[str]) -> bool:
    """Whether there is a node for each, tightest first; left holds what remains then. Counts down its steps.

    order: for a pod that is like the one before, that one's node and those behind it: which of two equal pods is where
    makes no difference.
    """
    if not pods:
        return True
    short = _missing(pods[0], left)
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
        _take(pods[0], left[name])
        again = names[index:] if len(pods) > 1 and pods[1] is pods[0] else []
        if _fit(pods[1:], left, steps, again):
            return True
        _take(pods[0], left[name], -1)
    return False


def _missing(placed: Placed, left: Mapping[str, Amounts]) -> dict[str, list[str]]:
    """The possible nodes that have too little, each with the resources that it lacks."""
    needed = needs(placed.pod.spec)
    found: dict[str, list[str]] = {}
    for node in placed.meant:
        name = node["metadata"]["name"]
        known = [what for what in needed if is_resource(what) and not unknown(left[name], what)]
        if short := [what for what in known if needed[what] > left[name].get(what, NONE)]:
            found[name] = short
    return found


def _take(placed: Placed, amounts: Amounts, sign: int = 1) -> None:
    for resource, amount in needs(placed.pod.spec).items():
        if resource in amounts:
            amounts[resource] -= sign * amount


def _short(copy: Copy, short: Mapping[str, list[str]], left: Mapping[str, Amounts]) -> Short:
    placed = copy.placed
    # where one more would fit by itself, the node that comes first stands for all
    names = list(short) or [node["metadata"]["name"] for node in placed.meant]
    first = next(node for node in placed.meant if node["metadata"]["name"] == names[0])
    resources = short.get(names[0]) or list(needs(placed.pod.spec))
    needed = needs(placed.pod.spec)
    return Short(placed, first, resources, needed, dict(left[names[0]]), len(names) - 1, copy.in_upgrade)
