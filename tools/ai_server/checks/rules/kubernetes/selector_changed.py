"""An upgrade that Helm would fail on."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found, origin
from ai_server.checks.engine.registry import Rule
from ai_server.kube.manifests import identity

RULE = Rule(
    "A selector that differs from the installed one",
    needs="cluster",
    why="A Deployment's selector can never change: Helm would fail half-way through the upgrade. The installed"
    " workloads are among the facts of --live and of `ai-server discover`.",
    wrong="# a cluster where Deployment ai-server-litellm was installed by another chart\nlitellm:\n  port: 4000",
    right="# a cluster where it was installed by this one\nlitellm:\n  port: 4000",
    cluster="{apiVersion: apps/v1, kind: Deployment, metadata: {name: ai-server-litellm, namespace: ai-server},"
    " spec: {selector: {matchLabels: {app: litellm}}}}",
    right_cluster="{apiVersion: apps/v1, kind: Deployment, metadata: {name: ai-server-litellm, namespace: ai-server},"
    " spec: {selector: {matchLabels: {app.kubernetes.io/name: ai-server, app.kubernetes.io/instance: ai-server,"
    " app.kubernetes.io/component: litellm}}}}",
)


def check(context: Context) -> Iterator[Found]:
    """A finding for each workload that is there with another selector."""
    if context.manifests is None or context.facts is None:
        return
    for kind in ("Deployment", "DaemonSet"):
        there = {
            each["metadata"]["name"]: each["spec"].get("selector")
            for each in context.facts.of_kind(kind)
            if each["metadata"].get("namespace", context.namespace) == context.namespace
        }
        for item in context.manifests.of_kind(kind):
            old = there.get(item["metadata"]["name"])
            if old is None:
                continue
            context.count("workloads that are there")
            if old != item["spec"]["selector"]:
                was = ", ".join(f"{key}={value}" for key, value in sorted((old.get("matchLabels") or {}).items()))
                name = item["metadata"]["name"]
                fix = f"kubectl delete {kind.lower()} {name} --cascade=orphan, or another release name"
                yield Found(origin(item), f"{identity(item)} is there and selects {was}, which cannot change", fix)
