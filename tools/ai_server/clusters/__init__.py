"""Mocked clusters behind one interface; a backend is a module with a class, listed here."""

from importlib import import_module
from pathlib import Path
from typing import Protocol

from ai_server.errors import UserError

BACKENDS = {"kwok": "ai_server.clusters.kwok:Kwok"}
"""Name -> module:class. Imported when it is asked for: `--help` stays quick."""


class Cluster(Protocol):
    """A cluster that can be started, asked and removed."""

    name: str

    @property
    def kubeconfig(self) -> Path:
        """The kubeconfig file; there only while the cluster is."""

    def up(self, cluster_file: Path) -> None:
        """Starts it with the nodes and classes of a cluster.yaml, or brings a running one into line with it."""

    def down(self) -> bool:
        """Removes it and everything of it; False when there was nothing."""

    def is_up(self) -> bool:
        """Whether its API server answers."""


def cluster(name: str, backend: str = "kwok") -> Cluster:
    """The cluster of that name; UserError for an unknown backend."""
    if backend not in BACKENDS:
        raise UserError(f"no backend is called {backend!r}", hint=f"choose from: {', '.join(BACKENDS)}")
    module, attribute = BACKENDS[backend].split(":")
    made: Cluster = getattr(import_module(module), attribute)(name)
    return made
