"""The individual pods of a workload: its replicas, and the one that a rollout adds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ai_server.checks.subjects.placement import Placed
from ai_server.kube.manifests import Pod
from ai_server.kube.nodes import NONE, Amounts, is_resource, needs, unknown

REPLICATED = ("Deployment", "StatefulSet", "ReplicaSet")


@dataclass(frozen=True)
class Copy:
    """One pod of a workload; in_upgrade: the one that a rollout adds before it removes another."""

    placed: Placed
    in_upgrade: bool = False


def copies_of(placed: Placed, left: Mapping[str, Amounts]) -> Iterator[Copy]:
    """The pods of a workload, at most one more than there is room for; the last is the one that a rollout adds."""
    if placed.every:
        yield Copy(placed)
        return
    room = sum(_room(placed, left[node["metadata"]["name"]]) for node in placed.meant)
    for _ in range(min(replicas(placed.pod), room + 1)):
        yield Copy(placed)
    if _adds_one(placed.pod):
        yield Copy(placed, in_upgrade=True)


def _room(placed: Placed, amounts: Amounts) -> int:
    """The number of such pods that fit on a node."""
    needed = needs(placed.pod.spec)
    known = [name for name in needed if needed[name] > 0 and is_resource(name) and not unknown(amounts, name)]
    return min((int(max(amounts.get(name, NONE), NONE) // needed[name]) for name in known), default=1)


def missing(placed: Placed, left: Mapping[str, Amounts]) -> dict[str, list[str]]:
    """The possible nodes with too little, each with the resources that it lacks."""
    needed = needs(placed.pod.spec)
    lacking: dict[str, list[str]] = {}
    for node in placed.meant:
        name = node["metadata"]["name"]
        known = [resource for resource in needed if is_resource(resource) and not unknown(left[name], resource)]
        if short := [resource for resource in known if needed[resource] > left[name].get(resource, NONE)]:
            lacking[name] = short
    return lacking


def take(placed: Placed, amounts: Amounts, sign: int = 1) -> None:
    """Reserves what a pod needs on a node; sign -1 gives it back."""
    for resource, amount in needs(placed.pod.spec).items():
        if resource in amounts:
            amounts[resource] -= sign * amount


def replicas(pod: Pod) -> int:
    """The number of pods of a workload."""
    return int(pod.owner["spec"].get("replicas", 1)) if pod.owner["kind"] in REPLICATED else 1


def _adds_one(pod: Pod) -> bool:
    """Whether a rollout starts a new pod before it stops an old one.

    By default a quarter of the pods may be unavailable, which rounds down to 0 for fewer than four.
    """
    strategy = pod.owner["spec"].get("strategy") or {}
    if pod.owner["kind"] != "Deployment" or strategy.get("type") == "Recreate":
        return False
    unavailable = (strategy.get("rollingUpdate") or {}).get("maxUnavailable")
    return replicas(pod) < 4 if unavailable is None else str(unavailable).rstrip("%") == "0"
