"""A Kubernetes version that the chart is not made for."""

import re
from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found, not_checked
from ai_server.checks.engine.registry import Rule

MINOR = re.compile(r"v?(?P<minor>[0-9]+\.[0-9]+)")
"""v1.36.3+k3s1; a mocked node may say another word altogether."""

RULE = Rule(
    "A Kubernetes version that the chart is not checked against",
    severity="warning",
    needs="cluster",
    why="The chart's objects are checked against the schemas of Kubernetes 1.30 to 1.37. The cluster's version is that"
    " of its kubelets.",
    wrong="# a cluster whose nodes say kubeletVersion: v1.28.4\nrocm:\n  port: 8080",
    right="# a cluster whose nodes say kubeletVersion: v1.36.3+k3s1\nrocm:\n  port: 8080",
    cluster="{apiVersion: v1, kind: Node, metadata: {name: old}, status: {nodeInfo: {kubeletVersion: v1.28.4}}}",
    right_cluster="{apiVersion: v1, kind: Node, metadata: {name: new}, status: {nodeInfo: {kubeletVersion: v1.36.3}}}",
)


def check(context: Context) -> Iterator[Found]:
    """A warning for each version that is too old or too new."""
    from ai_server.checks import supported_versions

    said = {_version(node) for node in context.facts.of_kind("Node")} if context.facts else set()
    known = {version: match["minor"] for version in said if (match := MINOR.match(version))}
    for version, minor in sorted(known.items()):
        context.count("Kubernetes versions")
        if minor not in supported_versions():
            range_ = f"{supported_versions()[0]} to {supported_versions()[-1]}"
            yield Found(
                (), f"a node runs Kubernetes {version}, and the chart is for {range_}", "upgrade the cluster first"
            )
    if said and not known:
        yield not_checked("the Kubernetes version: no node says its kubeletVersion")


def _version(node: dict[str, dict[str, dict[str, str]]]) -> str:
    return (node.get("status") or {}).get("nodeInfo", {}).get("kubeletVersion", "")
