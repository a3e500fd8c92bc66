"""Two objects of one kind and name."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found, dotted, origin
from ai_server.checks.engine.registry import Rule
from ai_server.kube.manifests import Object, identity

RULE = Rule(
    "Two objects of one kind and name in one release",
    why="Names of objects are made of the keys of nodes: with a pod for each program the nodes `a` and `a-vllm` both"
    " make `a-vllm`. Helm would install the one over the other, or fail.",
    wrong="thor:\n  nodes:\n    a: {node: thor, pods: separate, vllm: {model: hf/small}, comfyui: {enabled: false}}\n"
    "    a-vllm: {node: small, vllm: {model: hf/more}, comfyui: {enabled: false}, speech: {enabled: false}}",
    right="thor:\n  nodes:\n    thor: {pods: separate, comfyui: {enabled: false}, speech: {enabled: false}}",
)


def check(context: Context) -> Iterator[Found]:
    """A finding for each object whose name another of its kind has already."""
    first: dict[tuple[str, str, str], Object] = {}
    for item in context.manifests or []:
        context.count("names of objects")
        group = item["apiVersion"].rpartition("/")[0]
        name = (group, identity(item), item["metadata"].get("namespace", context.namespace))
        if name in first:
            other = origin(first[name])
            keys = max(origin(item), other, key=len)
            message = f"{identity(item)} is there twice: by {dotted(other)} and by {dotted(origin(item))}"
            yield Found(keys, message, "rename one of the two nodes")
        first.setdefault(name, item)
