"""A claim that cannot be changed so."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.kube.manifests import identity
from ai_server.kube.nodes import quantity

RULE = Rule(
    "A change of a claim that the API server refuses",
    needs="cluster",
    why="A claim keeps its storage class and access modes, and never shrinks. The chart says the same at the upgrade,"
    " by looking at the claim; here it needs the claim among the cluster's facts (--live, or `ai-server discover`).",
    wrong="openwebui:\n  persistence: {size: 5Gi}",
    right="openwebui:\n  persistence: {size: 20Gi}",
    cluster="{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: ai-server-openwebui, namespace: ai-server},"
    " spec: {accessModes: [ReadWriteOnce], storageClassName: local-path, resources: {requests: {storage: 10Gi}}}}",
)
KEYS = ("openwebui", "persistence")


def check(context: Context) -> Iterator[Found]:
    """What the chart said with a cluster at hand, and what the facts say."""
    yield from context.refused.get("kubernetes/claim-changed", [])
    if context.manifests is None or context.facts is None:
        return
    there = {
        each["metadata"]["name"]: each["spec"]
        for each in context.facts.of_kind("PersistentVolumeClaim")
        if each["metadata"].get("namespace", context.namespace) == context.namespace
    }
    for claim in context.manifests.of_kind("PersistentVolumeClaim"):
        old, new = there.get(claim["metadata"]["name"]), claim["spec"]
        if old is None:
            continue
        context.count("claims that are there")
        was = ((old.get("resources") or {}).get("requests") or {}).get("storage")
        wanted = new["resources"]["requests"]["storage"]
        if was is not None and quantity(wanted) < quantity(was):
            yield Found((*KEYS, "size"), f"{identity(claim)} has {was} and cannot shrink to {wanted}", f"write {was}")
        if sorted(old.get("accessModes") or []) != sorted(new["accessModes"]):
            modes = ", ".join(old.get("accessModes") or [])
            yield Found((*KEYS, "accessMode"), f"{identity(claim)} is {modes}, which cannot change", f"write {modes}")
        name = new.get("storageClassName", "")
        if name and name != old.get("storageClassName", ""):
            is_of = old.get("storageClassName", "")
            yield Found((*KEYS, "storageClass"), f"{identity(claim)} is of class {is_of}", f"write {is_of}")
