"""Pods that find no room on their nodes, beside what runs there already."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ai_server.checks.findings import Context
from ai_server.checks.placement import Placed, placement
from ai_server.manifests import Object, Pod
from ai_server.nodes import NONE, Amounts, allocatable, human, is_resource, needs, requests, unknown

TRIES = 2000
"""So many steps are spent on finding room for all; where that is not enough, nobody is told that there is none."""


@dataclass(frozen=True)
class Short:
    """A pod, a node with too little of some resources, what the pod needs, what the node has and has left, and how
    many more nodes are like that.
    """

    pod: Pod
    node: Object
    resources: Sequence[str]
    needed: Amounts
    left: Amounts
    more: int

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
        return f"asks for {asked}; left on node {self.node['metadata']['name']}: {', '.join(shown)}{self.others}"

    def fix(self, resources: Sequence[str]) -> str:
        """What to do about it."""
        if all(self.left.get(name) == self.has.get(name) for name in resources):
            return "ask for less, or take a larger node"
        return "another pod of the release or of the cluster has the rest: ask for less, or move one"


def shortages(context: Context) -> list[Short]:
    """The pods without room. Those of a DaemonSet and those with one possible node are placed first, as the scheduler
    has to; one of the others is short when no node has room for it alone, or when there is no way to place them all.
    Worked out once.
    """
    if context.shortages is None:
        context.shortages = list(_shortages(context))
    found: list[Short] = context.shortages
    return found


def unsaid(context: Context) -> dict[str, list[str]]:
    """The resources that pods ask for and whose amount possible nodes do not say, with these nodes' names."""
    here = placement(context)
    found: dict[str, list[str]] = {}
    for placed in here.placed:
        for resource in requests(placed.pod.spec):
            names = [node["metadata"]["name"] for node in placed.meant]
            found.setdefault(resource, []).extend(name for name in names if unknown(here.left[name], resource))
    return {resource: sorted(set(names)) for resource, names in sorted(found.items()) if names}


def _shortages(context: Context) -> Iterator[Short]:
    here = placement(context)
    left = {name: dict(amounts) for name, amounts in here.left.items()}
    free: list[Placed] = []
    for placed in sorted(here.placed, key=lambda each: len(each.meant) > 1 and not each.every):
        if not placed.meant:
            continue
        context.count("pods against capacity")
        short = _missing(placed, left)
        if placed.every or len(placed.meant) == 1:
            for node in placed.meant:
                if node["metadata"]["name"] not in short:
                    _take(placed, left[node["metadata"]["name"]])
        elif len(short) < len(placed.meant):
            free.append(placed)
            continue
        if short:
            yield _short(placed, short, left)
    yield from _together(free, left)


def _together(free: list[Placed], left: dict[str, Amounts]) -> Iterator[Short]:
    """The first of the pods with a choice for which there is no room beside those before it, larger ones first."""
    free.sort(key=lambda placed: (len(placed.meant), -needs(placed.pod.spec).get("memory", NONE)))
    left_before = left
    for end in range(1, len(free) + 1):
        tried = {name: dict(amounts) for name, amounts in left.items()}
        steps = [TRIES]
        if _fit(free[:end], tried, steps):
            left_before = tried
        elif steps[0] > 0:
            yield _short(free[end - 1], _missing(free[end - 1], left_before), left_before)
            return
        else:
            return


def _fit(pods: list[Placed], left: dict[str, Amounts], steps: list[int]) -> bool:
    """Whether there is a node for each, tightest first; left holds what remains then. Counts down its steps."""
    if not pods:
        return True
    short = _missing(pods[0], left)
    names = [node["metadata"]["name"] for node in pods[0].meant if node["metadata"]["name"] not in short]
    different = {tuple(sorted(left[name].items())): name for name in names}
    for name in sorted(different.values(), key=lambda name: left[name].get("memory", NONE)):
        steps[0] -= 1
        if steps[0] <= 0:
            return False
        _take(pods[0], left[name])
        if _fit(pods[1:], left, steps):
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


def _short(placed: Placed, short: Mapping[str, list[str]], left: Mapping[str, Amounts]) -> Short:
    first = next(node for node in placed.meant if node["metadata"]["name"] in short)
    name = first["metadata"]["name"]
    return Short(placed.pod, first, short[name], needs(placed.pod.spec), dict(left[name]), len(short) - 1)
