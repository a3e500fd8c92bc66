"""The memory plan of values files on a cluster, and what it proposes to write into them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ai_server.checks.core.model import Finding, reported_once
from ai_server.checks.core.pages import FOLDER, read_page
from ai_server.checks.core.secrets import Mask
from ai_server.checks.core.views import ClusterView, ValuesView
from ai_server.checks.engine.rendering import rendered
from ai_server.checks.subjects.placement import placement
from ai_server.checks.subjects.planning.files import on_node
from ai_server.checks.subjects.planning.loads import BACKENDS
from ai_server.checks.subjects.planning.nodes import node_loads, plans
from ai_server.checks.subjects.planning.requests import proposed, unwritten
from ai_server.checks.subjects.planning.troubles import RULE, troubles
from ai_server.checks.subjects.programs import programs
from ai_server.errors import UserError
from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.kube.kubeversion import chosen
from ai_server.kube.names import must_be_valid
from ai_server.kube.nodes import kubelet
from ai_server.memory.known import KnownModels
from ai_server.memory.plan import NodePlan
from ai_server.reading.edit import Change
from ai_server.reading.profiles import dotted, load


@dataclass(frozen=True)
class Planned:
    """The plan of each node with models, and what belongs to it.

    changes: the memory requests that the values should have, as edits. guessed: the models that only their names
    describe; unheard: those about which nothing is known. mask: removes secrets of the values from what is printed.
    files: the models folder of each node and the paths below it that its programs read. image: LiteLLM's, which has
    Python. unwritten: why some planned requests are not among the edits.
    nowhere: the entries whose pods no node can have, as sentences. troubles: the findings about model files that are
    missing or broken.
    """

    plans: list[NodePlan]
    changes: tuple[Change, ...]
    guessed: tuple[str, ...]
    unheard: tuple[str, ...]
    mask: Mask
    files: dict[str, tuple[str, list[str]]]
    image: str
    unwritten: tuple[str, ...]
    nowhere: tuple[str, ...]
    troubles: tuple[Finding, ...] = ()


def plan(
    files: Sequence[Path],
    facts: ClusterFacts,
    models: KnownModels,
    *,
    release: str = "ai-server",
    namespace: str = "ai-server",
) -> Planned:
    """Plans the memory of each node. UserError (code 1) for values that the schema or the chart rejects."""
    must_be_valid("--release", release)
    must_be_valid("--namespace", namespace)
    version = chosen("", [kubelet(node) for node in facts.of_kind("Node")])
    view = _view(files, facts, ValuesView(load(files), version, release, namespace, models=models))
    loads = [load for node in node_loads(view) for load in node.loads]
    guessed = dict.fromkeys(load.name for load in loads if load.known == "name")
    unheard = dict.fromkeys(load.name for load in loads if load.known == "nothing")
    image = next((server.container["image"] for server in programs(view, "litellm")), "")
    return Planned(
        plans(view),
        tuple(proposed(view)),
        tuple(guessed),
        tuple(unheard),
        view.mask,
        _files(view),
        image,
        tuple(unwritten(view)),
        tuple(_nowhere(view)),
        tuple(_troubles(view)),
    )


def _view(files: Sequence[Path], facts: ClusterFacts, values: ValuesView) -> ClusterView:
    view, _ = rendered(values, facts)
    if view.refused or not isinstance(view, ClusterView):
        named = " ".join(map(str, files))
        raise UserError("the values have errors, so there is no plan", hint=f"run: ai-server check {named}", code=1)
    return view


def _troubles(view: ClusterView) -> list[Finding]:
    """The findings of one rule, whose page is read without importing all rules."""
    page = read_page(FOLDER / f"{RULE}.md")
    findings = (view.finding(page, violation) for violation in reported_once(troubles(view)))
    return sorted(findings, key=lambda finding: finding.rank)


def _files(view: ClusterView) -> dict[str, tuple[str, list[str]]]:
    """For each node with a models folder of its own: that folder, and the paths below it that its programs read."""
    files: dict[str, tuple[str, list[str]]] = {}
    for node in node_loads(view):
        found = [on_node(server) for server in node.servers if server.program in ("llama-server", "vllm")]
        folders = [folder for folder, _ in found if folder]
        if folders:
            files[node.machine.node] = (folders[0], [path for folder, paths in found if folder for path in paths])
    return files


def _nowhere(view: ClusterView) -> Iterator[str]:
    """The entries with models whose labels no node of the cluster has; check says more about each."""
    with_models = {server.pod.identity for server in programs(view, *BACKENDS)}
    for placed in placement(view).placed:
        if placed.subject.identity in with_models and not placed.meant:
            labels = ", ".join(f"{label}={value}" for label, value in placed.selector.items())
            yield f"{dotted(placed.subject.key)}: no node of {view.facts.source} has {labels or 'what its pod needs'}"
