"""A workload's pods, each by itself: its replicas, and the one that a roll-out adds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ai_server.checks.subjects.placement import Placed
from ai_server.kube.manifests import Pod
from ai_server.kube.nodes import NONE, Amounts, is_resource, needs, unknown

REPLICATED = ("Deployment", "StatefulSet", "ReplicaSet")


@dataclass(frozen=True)
class Copy:
    """One of a workload's pods; in_upgrade: the one that a roll-out adds before it takes one away."""

    placed: Placed
    in_upgrade: bool = False


def copies_of(placed: Placed, left: Mapping[str, Amounts]) -> Iterator[Copy]:
    """The pods of a workload, no more of them than would show that there is no room; last the one that a roll-out adds
    before it takes one away.
    """
    if placed.every:
        yield Copy(placed)
        return
    room = sum(_room(placed, left[node["metadata"]["name"]]) for node in placed.meant)
    for _ in range(min(replicas(placed.pod), room + 1)):
        yield Copy(placed)
    if _adds_one(placed.pod):
        yield Copy(placed, in_upgrade=True)


def _room(placed: Placed, amounts: Amounts) -> int:
    """How many such pods fit on a node."""
    needed = needs(placed.pod.spec)
    known = [what for what in needed if needed[what] > 0 and is_resource(what) and not unknown(amounts, what)]
    return min((int(max(amounts.get(what, NONE), NONE) // needed[what]) for what in known), default=1)


def replicas(pod: Pod) -> int:
    """How many pods a workload wants."""
    return int(pod.owner["spec"].get("replicas", 1)) if pod.owner["kind"] in REPLICATED else 1


def _adds_one(pod: Pod) -> bool:
    """Whether a roll-out starts a new pod before it stops an old one; without a number a quarter may be missing, which
    is none of fewer than four.
    """
    strategy = pod.owner["spec"].get("strategy") or {}
    if pod.owner["kind"] != "Deployment" or strategy.get("type") == "Recreate":
        return False
    missing = (strategy.get("rollingUpdate") or {}).get("maxUnavailable")
    return replicas(pod) < 4 if missing is None else str(missing).rstrip("%") == "0"
