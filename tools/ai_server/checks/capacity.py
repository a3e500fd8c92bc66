"""Pods that find no room on their nodes, beside what runs there already."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from ai_server.checks.findings import Context
from ai_server.checks.placement import Placed, placement
from ai_server.manifests import Object, Pod
from ai_server.nodes import Amounts, requests


@dataclass(frozen=True)
class Short:
    """A pod, a node with too little of some resources, what the pod needs, and how many more nodes are like that."""

    pod: Pod
    node: Object
    resources: Sequence[str]
    needed: Amounts
    more: int

    @property
    def others(self) -> str:
        """The number of further nodes, in words."""
        return f" (and on {self.more} more nodes)" if self.more else ""


def shortages(context: Context) -> list[Short]:
    """Pods with one possible node are placed first, as the scheduler would have to; the others need one node with room
    for them alone. Worked out once.
    """
    if context.shortages is None:
        context.shortages = _shortages(context)
    found: list[Short] = context.shortages
    return found


def _shortages(context: Context) -> list[Short]:
    here = placement(context)
    left = {name: dict(amounts) for name, amounts in here.left.items()}
    found = []
    for placed in sorted(here.placed, key=lambda each: len(each.possible)):
        if placed.possible:
            context.count("pods against capacity")
            found += _try(placed, left)
    return found


def _try(placed: Placed, left: dict[str, Amounts]) -> list[Short]:
    """Takes what the pod needs from its node, or from each of its nodes; what is missing where there is too little."""
    needed = requests(placed.pod.spec)
    names = [node["metadata"]["name"] for node in placed.possible]
    short = {name: [what for what, much in needed.items() if much > left[name].get(what, Decimal(0))] for name in names}
    for name in names if placed.every else [name for name in names if not short[name]][:1]:
        for resource, amount in needed.items():
            left[name][resource] = left[name].get(resource, Decimal(0)) - amount
    bad = [node for node in placed.possible if short[node["metadata"]["name"]]]
    if not bad or not (placed.every or len(bad) == len(names)):
        return []
    return [Short(placed.pod, bad[0], short[bad[0]["metadata"]["name"]], needed, len(bad) - 1)]
