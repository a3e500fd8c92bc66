"""Rules about the version of Kubernetes."""

import re
from collections.abc import Iterator

from ai_server.checks.engine.model import Violation, not_checked
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import ClusterView
from ai_server.kube.kubeversion import SUPPORTED

MINOR = re.compile(r"v?(?P<minor>[0-9]+\.[0-9]+)")
"""v1.36.3+k3s1; a mocked node may say another word altogether."""


@rule("cluster/kubernetes-version")
def versions(view: ClusterView) -> Iterator[Violation]:
    """The chart is made for the version of each node."""
    said = {_version(node) for node in view.facts.of_kind("Node")}
    known = {version: match["minor"] for version in said if (match := MINOR.match(version))}
    for version, minor in sorted(known.items()):
        view.count("Kubernetes versions")
        if minor not in SUPPORTED:
            range_ = f"{SUPPORTED[0]} to {SUPPORTED[-1]}"
            yield Violation(
                (), f"a node runs Kubernetes {version}, and the chart is for {range_}", "upgrade the cluster first"
            )
    if said and not known:
        yield not_checked("the Kubernetes version: no node says its kubeletVersion")


def _version(node: dict[str, dict[str, dict[str, str]]]) -> str:
    return (node.get("status") or {}).get("nodeInfo", {}).get("kubeletVersion", "")
