"""A cluster of containers with real kubelets, whose GPU nodes have a device plugin instead of GPUs."""

import os
import shutil
import subprocess
from pathlib import Path

from ai_server.errors import UserError
from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.kube.live import answers
from ai_server.kube.manifests import Manifests
from ai_server.lab import programs
from ai_server.lab.clusters import gpus, kind_config
from ai_server.lab.clusters.apply import apply_facts, wait_until_ready
from ai_server.lab.containers import engine, images, load, model_files, node_image
from ai_server.local.ports import free_port
from ai_server.paths import cache

CREATE_SECONDS = 240
FIRST_PORT = 8080
"""The page's own port, unless another program has it."""
LAST_LINES = 8


class Kind:
    """A kind cluster; its state is in <cache>/clusters/kind/<name>, and every node mounts one folder with models.

    publish: a node port that a port of this machine leads to.
    """

    def __init__(self, name: str, image: str = "", models: str | Path = "", publish: int = 0) -> None:
        self.name = name
        self.image = image
        self.publish = publish
        self.folder = cache() / "clusters" / "kind" / name
        self.model_folder = Path(models).resolve() if models else cache() / "models"

    @property
    def kubeconfig(self) -> Path:
        """The kubeconfig file; it exists only while the cluster does."""
        return self.folder / "kubeconfig"

    def up(self, facts: ClusterFacts) -> None:
        """Starts the cluster with these nodes and classes, or updates a running one to match them.

        All nodes have the architecture and memory of this machine. A running cluster with other nodes is replaced, and
        so is one that does not answer (left by a run that crashed).
        """
        from filelock import FileLock

        engine.ensure()
        model_files.ensure(self.model_folder)
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self.folder.parent / f".{self.name}.lock"):
            if not self._fits(facts):
                self._remove()
                self._create(facts)
            kind_config.remove_default_class(self.kubeconfig, facts)
            apply_facts(self.kubeconfig, facts, kind_config.real)
            load.into_nodes(kind_config.nodes_of(self.name), gpus.images_of(facts))
            gpus.offer(self.kubeconfig, facts)
            wait_until_ready(self.kubeconfig, facts)
            kind_config.wait_for_the_rest(self.kubeconfig)

    def prepare(self, manifests: Manifests, facts: ClusterFacts) -> None:
        """Builds our own images of a render, and loads each into the nodes where its pods may run."""
        wanted = load.wanted(manifests, facts)
        ours = {image.reference: name for name, image in images.images().items()}
        images.ensure(
            sorted({ours[reference] for references in wanted.values() for reference in references if reference in ours})
        )
        load.into_nodes(kind_config.nodes_of(self.name), wanted)

    def down(self) -> bool:
        """Removes the cluster and its data, and stops the engine if we started it; False if there was no cluster."""
        existed = self._remove()
        if existed and engine.runs():
            engine.stop_if_ours()
        return existed

    def address(self) -> str:
        """The address on this machine of the node port that is published."""
        return f"http://localhost:{kind_config.published(self.name, self.publish)}"

    def _fits(self, facts: ClusterFacts) -> bool:
        """Whether the cluster runs, with these nodes, and publishes the node port."""
        same_nodes = self.is_up() and kind_config.nodes_of(self.name).keys() == set(facts.names("Node"))
        return same_nodes and (not self.publish or kind_config.published(self.name, self.publish) > 0)

    def _remove(self) -> bool:
        """Removes the cluster and its data, and leaves the engine; False if there was no cluster."""
        existed = self.folder.exists()
        if engine.runs() and kind_config.containers(self.name):
            self._kind("delete", "cluster")
            existed = True
        shutil.rmtree(self.folder, ignore_errors=True)
        return existed

    def is_up(self) -> bool:
        """Whether the API server answers."""
        return answers(self.kubeconfig)

    def _create(self, facts: ClusterFacts) -> None:
        image = self.image or node_image.ensure()
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.folder / "config.yaml"
        published = {free_port(FIRST_PORT): self.publish} if self.publish else {}
        config.write_text(kind_config.config(facts, image, self.model_folder, published))
        try:
            self._kind("create", "cluster", "--config", str(config), "--wait", "60s")
        except BaseException:
            self.down()
            raise

    def _kind(self, *arguments: str) -> str:
        named = ["--name", self.name, "--kubeconfig", str(self.kubeconfig)]
        command = [str(programs.find("kind")), *arguments, *named]
        environment = {**os.environ, "KUBECONFIG": str(self.kubeconfig)}
        try:
            run = subprocess.run(
                command, capture_output=True, text=True, check=False, env=environment, timeout=CREATE_SECONDS
            )
        except subprocess.TimeoutExpired:
            raise UserError(f"kind {arguments[0]} did not finish within {CREATE_SECONDS} s") from None
        if run.returncode != 0:
            lines = [line for line in run.stderr.splitlines() if line.strip()][-LAST_LINES:]
            raise UserError(f"kind {' '.join(arguments[:2])} failed:\n" + "\n".join(lines))
        return run.stdout
