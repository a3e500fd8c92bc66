"""The version of Kubernetes."""

from collections.abc import Iterator

from ai_server.checks.core.model import Violation, not_checked
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import ClusterView
from ai_server.kube.kubeversion import SUPPORTED, minor
from ai_server.kube.nodes import kubelet


@rule("cluster/kubernetes-version")
def versions(view: ClusterView) -> Iterator[Violation]:
    """Compares the version of each node with those that the chart supports."""
    versions_of_nodes = {kubelet(node) for node in view.facts.of_kind("Node")}
    known = [version for version in sorted(versions_of_nodes) if minor(version)]
    for version in known:
        if minor(version) not in SUPPORTED:
            range_ = f"{SUPPORTED[0]} to {SUPPORTED[-1]}"
            yield Violation(
                (), f"a node runs Kubernetes {version}, but the chart supports {range_}", "upgrade the cluster first"
            )
    if versions_of_nodes and not known:
        yield not_checked("the Kubernetes version: no node lists its kubeletVersion")
