"""Memory, CPU or disk that a node has not left."""

from collections.abc import Iterator
from decimal import Decimal

from ai_server.checks.capacity import shortages
from ai_server.checks.findings import Context, Found, not_checked, origin
from ai_server.checks.rules import Rule
from ai_server.manifests import Pod, identity
from ai_server.nodes import allocatable, human, quantity
from ai_server.profiles import Keys

RULE = Rule(
    "More memory, CPU or disk than the node has left",
    needs="cluster",
    why="The scheduler adds up what pods request. On a node that has less left than a pod asks for, beside what is"
    " requested there already, the pod stays Pending.",
    wrong="rocm:\n  resources: {requests: {memory: 200Gi}}",
    right="rocm:\n  resources: {requests: {memory: 100Gi}}",
)


def check(context: Context) -> Iterator[Found]:
    """A finding for each pod that finds no room."""
    if context.facts and not context.facts.knows("Pod"):
        yield not_checked("what other pods have reserved: the cluster file lists no Pods")
    for short in shortages(context):
        if any("/" in name for name in short.resources):
            continue
        resource = sorted(short.resources)[0] if "memory" not in short.resources else "memory"
        total = human(resource, allocatable(short.node).get(resource, Decimal(0)))
        message = (
            f"{identity(short.pod.owner)} asks for {human(resource, short.needed[resource])} of {resource}, and node"
        )
        yield Found(
            _asked(context, short.pod, resource),
            f"{message} {short.node['metadata']['name']} has too little left of its {total}{short.others}",
            "another pod of the release or of the cluster has the rest: ask for less, or move one",
        )


def _asked(context: Context, pod: Pod, resource: str) -> Keys:
    """The largest of the requests that the user wrote, else the pod's own entry."""
    owner = origin(pod.owner)
    inner = {"vllm": ("vllm",), "comfyui": ("comfyui",), "speech": ("speech",)}
    asked: dict[Keys, Decimal] = {}
    for container in pod.containers():
        name = container["name"]
        of = (name,) if name in ("litellm", "openwebui") else owner
        keys = context.setting(of, *inner.get(name, ()), "resources", "requests", resource)
        amount = ((container.get("resources") or {}).get("requests") or {}).get(resource)
        if context.given(*keys) and amount is not None:
            asked[keys] = quantity(amount)
    return max(asked, key=lambda keys: asked[keys]) if asked else owner
