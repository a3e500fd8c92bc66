"""Clusters behind one interface, mocked or real; a backend is a module with a class, listed here."""

import re
from importlib import import_module
from pathlib import Path
from typing import Protocol

from ai_server.errors import UserError
from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.kube.manifests import Manifests

BACKENDS = {
    "kwok": "ai_server.lab.clusters.kwok:Kwok",
    "kind": "ai_server.lab.clusters.kind:Kind",
    "existing": "ai_server.lab.clusters.existing:Existing",
}
"""Name -> module:class. Imported when it is asked for: `--help` stays quick."""


class Cluster(Protocol):
    """A cluster that can be started, asked and removed."""

    name: str

    @property
    def kubeconfig(self) -> Path:
        """The kubeconfig file; there only while the cluster is."""

    def up(self, facts: ClusterFacts) -> None:
        """Starts it with the nodes and classes of a cluster.yaml, or brings a running one into line with them."""

    def prepare(self, manifests: Manifests, facts: ClusterFacts) -> None:
        """Makes ready what the pods of a render need and cannot get by themselves: images."""

    def down(self) -> bool:
        """Removes it and everything of it; False when there was nothing."""

    def is_up(self) -> bool:
        """Whether its API server answers."""


def cluster(name: str, backend: str = "kwok", **options: object) -> Cluster:
    """The cluster of that name; UserError for an unknown backend, or an option that the backend does not have.

    kind takes image and models (a folder), existing takes kubeconfig; an option that is None or "" is not given.
    """
    if not re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", name):
        raise UserError(f"{name!r} is no name for a cluster", hint="lower-case letters, digits and '-'")
    if backend not in BACKENDS:
        raise UserError(f"no backend is called {backend!r}", hint=f"choose from: {', '.join(BACKENDS)}")
    module, attribute = BACKENDS[backend].split(":")
    given = {key: value for key, value in options.items() if value}
    try:
        made: Cluster = getattr(import_module(module), attribute)(name, **given)
    except TypeError:
        raise UserError(f"{backend} does not take {', '.join(f'--{key}' for key in given)}") from None
    return made
