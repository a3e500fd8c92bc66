"""An object that a pod needs and nobody makes."""

from collections.abc import Iterator

from ai_server.checks.findings import Context, Found, leaves, not_checked, origin
from ai_server.checks.rules import Rule
from ai_server.manifests import identity

RULE = Rule(
    "An object that a pod needs and that is not in the release",
    why="A pod whose ConfigMap, claim or service account is missing does not start. What the values themselves name is"
    " yours, and is told as not checked.",
    wrong="apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"
    "spec: {volumes: [{name: v, configMap: {name: gone}}], containers: [{name: x, image: y}]}",
    right="apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"
    "spec: {volumes: [{name: v, configMap: {name: gone, optional: true}}], containers: [{name: x, image: y}]}",
)
RENDERED = ("ConfigMap", "PersistentVolumeClaim", "ServiceAccount")
"""Kinds that the chart makes itself; classes are the cluster's."""


def check(context: Context) -> Iterator[Found]:
    """What the chart should have made is an error; what the user says exists is not checked, and said so."""
    manifests = context.manifests
    if manifests is None:
        return
    names = {(item["kind"], item["metadata"]["name"]) for item in manifests}
    texts = {value for _, value in leaves(context.values.values) if isinstance(value, str)}
    own_secret = f"{context.release}-keys"
    foreign: set[str] = set()
    for pod in manifests.pods():
        for reference in set(pod.references()):
            if reference.optional or (reference.kind, reference.name) in names:
                context.count("references")
            elif reference.kind in RENDERED and reference.name not in texts:
                message = f"{identity(pod.owner)} needs {reference.kind} {reference.name}, which is not in the release"
                yield Found(origin(pod.owner), message)
            elif reference.kind in ("Secret", *RENDERED) and reference.name != own_secret:
                foreign.add(f"{reference.kind} {reference.name}")
    for name in sorted(foreign):
        yield not_checked(f"{name} is not the chart's: make sure that it exists")
