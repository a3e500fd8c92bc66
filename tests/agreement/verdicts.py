"""What check says about the pods of a release: the workloads that it calls impossible to place."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from unittest.mock import patch

from ai_server import checks
from ai_server.checks.core.model import Finding, Violation, reported_once
from ai_server.checks.engine import run as engine
from ai_server.kube.manifests import Manifests, Pod
from ai_server.kube.nodes import HOSTNAME
from tests.agreement.random_clusters import Case

PLACEMENT = ("no-such-node", "no-node-matches", "taint", "architecture", "cordoned", "no-such-runtime-class")
ROOM = ("too-little", "no-gpu", "too-few-nodes")
NOT_ABOUT_NODES = ("is built for", "one more pod during an upgrade")
"""Words in messages about images, and about upgrades."""


def unplaced(case: Case, files: list[Path], manifests: Manifests) -> dict[str, set[str]]:
    """The workloads without a node (placement), without room on one (room), and those for which the order of the pods
    decides (perhaps).
    """
    found: dict[str, set[str]] = defaultdict(set)
    with patch.object(engine, "reported_once", _one_by_one):
        findings = checks.run(files, case.facts).findings
    for finding in findings:
        rule = finding.rule.removeprefix("cluster/")
        if rule in (*PLACEMENT, *ROOM) and not any(words in finding.message for words in NOT_ABOUT_NODES):
            for pod in manifests.running():
                if _is_about(finding, pod):
                    certain = "room" if rule in ROOM else "placement"
                    found["perhaps" if "if those come first" in finding.message else certain].add(identity(pod))
    return found


def _one_by_one(violations: Iterable[Violation]) -> Iterator[Violation]:
    """Each violation with the workload that shows it, since check names one and counts the others."""
    for violation in violations:
        yield from reported_once([violation])


def _is_about(finding: Finding, pod: Pod) -> bool:
    if host := re.match('no node named "([^"]*)"|node (\\S*) has the label', finding.message):
        return bool((pod.spec.get("nodeSelector") or {}).get(HOSTNAME) == (host[1] or host[2]))
    return bool(re.search(rf"{re.escape(identity(pod))}(?![-a-z0-9])", finding.message))


def identity(pod: Pod) -> str:
    """The workload of a pod as Kind/name."""
    return f"{pod.owner['kind']}/{pod.name}"
