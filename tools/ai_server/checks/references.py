"""kubernetes/missing-reference: ConfigMaps, claims and Secrets that a pod mentions must be there."""

from collections.abc import Iterator

from ai_server.checks.findings import Context, Finding, origin
from ai_server.manifests import identity

RENDERED = ("ConfigMap", "PersistentVolumeClaim", "ServiceAccount")
"""Kinds that the chart makes itself; classes are the cluster's: see cluster_classes."""


def check(context: Context) -> Iterator[Finding]:
    """What the chart should have made is an error; what the user says exists is not checked, and said so."""
    manifests = context.manifests
    if manifests is None:
        return
    own_secret = f"{context.release}-keys"
    foreign: set[str] = set()
    for pod in manifests.pods():
        for reference in set(pod.references()):
            if reference.optional or manifests.has(reference.kind, reference.name):
                context.count("references")
            elif reference.kind in RENDERED and not _users_own(context, reference.name):
                message = f"{identity(pod.owner)} needs {reference.kind} {reference.name}, which is not in the release"
                yield context.finding("kubernetes/missing-reference", origin(pod.owner), message)
            elif reference.kind in ("Secret", *RENDERED) and reference.name != own_secret:
                foreign.add(f"{reference.kind} {reference.name}")
    for name in sorted(foreign):
        yield context.unchecked("kubernetes/missing-reference", f"{name} is not the chart's: make sure that it exists")


def _users_own(context: Context, name: str) -> bool:
    """Whether the values themselves name the object: an existing claim, a volume of the user's."""
    return name in _texts(context.values.values)


def _texts(value: object) -> set[str]:
    if isinstance(value, dict):
        return set().union(*(_texts(each) for each in value.values()))
    if isinstance(value, list):
        return set().union(*(_texts(each) for each in value))
    return {value} if isinstance(value, str) else set()
