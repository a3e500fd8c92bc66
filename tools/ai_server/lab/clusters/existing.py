"""An existing cluster, by its kubeconfig: used as it is, never created, changed or removed."""

from pathlib import Path

from ai_server.errors import UserError
from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.kube.live import answers, api_client, core
from ai_server.kube.manifests import Manifests


class Existing:
    """The cluster of a kubeconfig file; UserError if none is given."""

    def __init__(self, name: str, kubeconfig: str | Path = "") -> None:
        if not kubeconfig:
            raise UserError("no cluster was given", hint="add --kubeconfig FILE to --backend existing")
        self.name = name
        self._kubeconfig = Path(kubeconfig).expanduser().resolve()

    @property
    def kubeconfig(self) -> Path:
        """The file that was given."""
        return self._kubeconfig

    def up(self, facts: ClusterFacts) -> None:
        """Changes nothing; UserError if the cluster does not answer, or lacks a node of the facts."""
        if not self.is_up():
            raise UserError(f"{self.kubeconfig}: the cluster does not answer")
        there = {node.metadata.name for node in core(api_client(self.kubeconfig)).list_node().items}
        if missing := sorted(set(facts.names("Node")) - there):
            hint = f"its nodes: {', '.join(sorted(there))}; choose some with --only"
            raise UserError(f"{self.kubeconfig}: the cluster has no node {', '.join(missing)}", hint=hint)

    def prepare(self, manifests: Manifests, facts: ClusterFacts) -> None:
        """Does nothing: the nodes pull their images themselves."""

    def down(self) -> bool:
        """Removes nothing, because the cluster is not ours."""
        return False

    def is_up(self) -> bool:
        """Whether the API server answers."""
        return answers(self.kubeconfig)
