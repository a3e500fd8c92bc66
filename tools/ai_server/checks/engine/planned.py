"""The memory plan of values files on a cluster, and what it proposes to write into them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ai_server.checks.core.secrets import Mask
from ai_server.checks.core.views import ClusterView, ValuesView
from ai_server.checks.engine.run import rendered
from ai_server.checks.subjects.planning.nodes import node_loads, plans
from ai_server.checks.subjects.planning.requests import proposed
from ai_server.errors import UserError
from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.kube.kubeversion import chosen
from ai_server.kube.names import must_be_valid
from ai_server.kube.nodes import kubelet
from ai_server.memory.known import KnownModels
from ai_server.memory.plan import NodePlan
from ai_server.reading.edit import Change
from ai_server.reading.profiles import load


@dataclass(frozen=True)
class Planned:
    """The plan of each node with models, the memory requests that the values should have, as edits, and the models
    whose files are known only by name or not at all. mask: removes secrets of the values from what is printed.
    """

    plans: list[NodePlan]
    changes: tuple[Change, ...]
    guessed: tuple[str, ...]
    mask: Mask


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
    guessed = dict.fromkeys(load.name for load in loads if load.known in ("name", "request") and load.is_model)
    return Planned(plans(view), tuple(proposed(view)), tuple(guessed), view.mask)


def _view(files: Sequence[Path], facts: ClusterFacts, values: ValuesView) -> ClusterView:
    view, _ = rendered(values, facts)
    if view.refused or not isinstance(view, ClusterView):
        named = " ".join(map(str, files))
        raise UserError("the values have errors, so there is no plan", hint=f"run: ai-server check {named}", code=1)
    return view
