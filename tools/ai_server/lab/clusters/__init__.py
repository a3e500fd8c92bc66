"""One interface for mocked and real clusters; each backend is a class in a module, listed here."""

from importlib import import_module
from pathlib import Path
from typing import Protocol

from ai_server.errors import UserError
from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.kube.manifests import Manifests
from ai_server.kube.names import LABEL

BACKENDS = {
    "kwok": "ai_server.lab.clusters.kwok:Kwok",
    "kind": "ai_server.lab.clusters.kind:Kind",
    "existing": "ai_server.lab.clusters.existing:Existing",
}
"""Name -> module:class. Imported on demand, so that `--help` stays fast."""
MOCKED = ("kwok", "kind")
"""The backends whose clusters this program starts and removes."""


class Cluster(Protocol):
    """A cluster that can be started, queried and removed."""

    name: str

    @property
    def kubeconfig(self) -> Path:
        """The kubeconfig file; it exists only while the cluster does."""

    def up(self, facts: ClusterFacts) -> None:
        """Starts the cluster with the nodes and classes of a cluster.yaml, or updates a running one to match them."""

    def prepare(self, manifests: Manifests, facts: ClusterFacts) -> None:
        """Provides the images that the pods of a render need and cannot pull."""

    def down(self) -> bool:
        """Removes the cluster and all its data; False if there was none."""

    def is_up(self) -> bool:
        """Whether the API server answers."""


def cluster(name: str, backend: str = "kwok", **options: object) -> Cluster:
    """The cluster of that name; UserError for an unknown backend, or an option that the backend does not have.

    kind accepts image and models (a folder), existing accepts kubeconfig; options that are None or "" are ignored.
    """
    if not LABEL.fullmatch(name):
        raise UserError(f"{name!r} is not a valid cluster name", hint="use lower-case letters, digits and '-'")
    if backend not in BACKENDS:
        raise UserError(f"unknown backend {backend!r}", hint=f"choose from: {', '.join(BACKENDS)}")
    module, attribute = BACKENDS[backend].split(":")
    given = {key: value for key, value in options.items() if value}
    try:
        made: Cluster = getattr(import_module(module), attribute)(name, **given)
    except TypeError:
        raise UserError(f"{backend} does not support {', '.join(f'--{key}' for key in given)}") from None
    return made


def backends_of(name: str) -> list[str]:
    """The backends that have a cluster of that name on this machine, running ones first."""
    clusters = {backend: cluster(name, backend) for backend in MOCKED}
    existing = [backend for backend, made in clusters.items() if made.kubeconfig.parent.is_dir()]
    return sorted(existing, key=lambda backend: not clusters[backend].is_up())
