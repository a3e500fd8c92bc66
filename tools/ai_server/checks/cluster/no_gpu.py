"""A GPU that a node does not have, or has no longer free."""

from collections.abc import Iterator

from ai_server.checks.capacity import shortages
from ai_server.checks.findings import Context, Found, origin
from ai_server.checks.rules import Rule
from ai_server.manifests import identity
from ai_server.nodes import allocatable, human

RULE = Rule(
    "A GPU that its node does not have, or that somebody else has",
    needs="cluster",
    why="With gpuAccess: devicePlugin a pod asks for a resource such as amd.com/gpu. A node without the plugin has none"
    ", and the pod stays Pending; one that is taken is not shared.",
    wrong="rocm:\n  gpuCount: 2",
    right="rocm:\n  gpuCount: 1",
)


def check(context: Context) -> Iterator[Found]:
    """A finding for each pod that is short of an extended resource."""
    for short in shortages(context):
        resource = next((name for name in short.resources if "/" in name), "")
        if not resource:
            continue
        has = allocatable(short.node)
        name = short.node["metadata"]["name"]
        keys = origin(short.pod.owner)
        key = next((path for path in _keys(context, keys) if context.given(*path)), keys)
        if resource not in has:
            message = f"{identity(short.pod.owner)} asks for {resource}, which node {name} does not have{short.others}"
            yield Found(key, message, "install the device plugin, or set gpuAccess to what needs none")
            continue
        message = (
            f"{identity(short.pod.owner)} asks for {human(resource, short.needed[resource])} of {resource}, and node"
        )
        yield Found(
            key,
            f"{message} {name} has too little left of its {human(resource, has[resource])}{short.others}",
            "another pod of the release or of the cluster has the rest: ask for less, or move one",
        )


def _keys(context: Context, owner: tuple[str | int, ...]) -> list[tuple[str | int, ...]]:
    return [context.setting(owner, name) for name in ("gpuCount", "gpuResource", "gpuAccess")]
