"""cluster/no-such-class: storage, runtime and priority classes that values mention must exist."""

from collections.abc import Iterator

from ai_server.checks.findings import Context, Finding, origin
from ai_server.manifests import Object, identity

BUILT_IN = {"PriorityClass": {"system-cluster-critical", "system-node-critical"}}
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


def check(context: Context) -> Iterator[Finding]:
    """A finding for each class that nobody has; a kind of which the cluster file says nothing is not checked."""
    manifests, facts = context.manifests, context.facts
    if manifests is None or facts is None:
        return
    wanted: list[tuple[str, str, Object]] = []
    for pod in manifests.running():
        for reference in pod.references():
            if reference.kind in ("RuntimeClass", "PriorityClass"):
                wanted.append((reference.kind, reference.name, pod.owner))
    for claim in manifests.of_kind("PersistentVolumeClaim"):
        wanted.append(("StorageClass", claim["spec"].get("storageClassName", ""), claim))
    silent = sorted({kind for kind, _, _ in wanted if not facts.knows(kind)})
    for kind in silent:
        yield context.unchecked("cluster/no-such-class", f"{kind}: {facts.source} lists none")
    for kind, name, item in wanted:
        if kind in silent:
            continue
        context.count("classes")
        if not name:
            yield from _default(context, item)
        elif name not in facts.names(kind) and name not in BUILT_IN.get(kind, ()) and not manifests.has(kind, name):
            message = f"{identity(item)} wants {kind} {name}, which {facts.source} does not have"
            yield context.finding(
                "cluster/no-such-class", origin(item), message, f"there are: {', '.join(facts.names(kind))}"
            )


def _default(context: Context, claim: Object) -> Iterator[Finding]:
    classes = context.facts.of_kind("StorageClass") if context.facts else []
    if not any((each["metadata"].get("annotations") or {}).get(DEFAULT_CLASS) == "true" for each in classes):
        message = f"{identity(claim)} wants the default storage class, and the cluster has none"
        names = ", ".join(each["metadata"]["name"] for each in classes)
        yield context.finding("cluster/no-such-class", origin(claim), message, f"set storageClass to one of: {names}")
