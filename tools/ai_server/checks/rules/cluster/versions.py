"""The version of Kubernetes."""

import re
from collections.abc import Iterator

from ai_server.checks.engine.model import Violation, not_checked
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import ClusterView
from ai_server.kube.kubeversion import SUPPORTED

MINOR = re.compile(r"v?(?P<minor>[0-9]+\.[0-9]+)")
"""v1.36.3+k3s1; a simulated node may have any other text."""


@rule("cluster/kubernetes-version")
def versions(view: ClusterView) -> Iterator[Violation]:
    """Compares the version of each node with those that the chart supports."""
    versions_of_nodes = {_version(node) for node in view.facts.of_kind("Node")}
    known = {version: match["minor"] for version in versions_of_nodes if (match := MINOR.match(version))}
    for version, minor in sorted(known.items()):
        view.count("Kubernetes versions")
        if minor not in SUPPORTED:
            range_ = f"{SUPPORTED[0]} to {SUPPORTED[-1]}"
            yield Violation(
                (), f"a node runs Kubernetes {version}, but the chart supports {range_}", "upgrade the cluster first"
            )
    if versions_of_nodes and not known:
        yield not_checked("the Kubernetes version: no node lists its kubeletVersion")


def _version(node: dict[str, dict[str, dict[str, str]]]) -> str:
    return (node.get("status") or {}).get("nodeInfo", {}).get("kubeletVersion", "")
