"""A real API server, scheduler and controllers with simulated kubelets, without a container engine."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from ai_server.errors import UserError
from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.kube.live import answers
from ai_server.kube.manifests import Manifests
from ai_server.lab import programs
from ai_server.lab.clusters.apply import apply_facts, wait_until_ready
from ai_server.paths import cache

COMPONENTS = {
    "kubeApiserverBinary": "kube-apiserver",
    "kubeControllerManagerBinary": "kube-controller-manager",
    "kubeSchedulerBinary": "kube-scheduler",
    "kwokControllerBinary": "kwok",
    "etcdBinary": "etcd",
}
START_SECONDS = 90
STAGES = Path(__file__).with_name("stages.yaml")


def played(item: dict[str, Any]) -> dict[str, Any]:
    """A node whose kubelet kwok simulates, with the capacity from the file."""
    if item["kind"] == "Node":
        annotations = {**item["metadata"].get("annotations", {}), "kwok.x-k8s.io/node": "fake"}
        status = {key: item.get("status", {}).get(key, {}) for key in ("capacity", "allocatable")}
        return {**item, "metadata": {**item["metadata"], "annotations": annotations}, "status": status}
    return item


class Kwok:
    """A kwok cluster with the binary runtime; its state is in <cache>/clusters/<name>."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.folder = cache() / "clusters" / "kwok" / name

    @property
    def kubeconfig(self) -> Path:
        """The kubeconfig file; it exists only while the cluster does."""
        return self.folder / "kubeconfig"

    def up(self, facts: ClusterFacts) -> None:
        """Starts the cluster with these nodes and classes, or updates a running one to match them.

        A cluster that does not answer (after a run that crashed, or a reboot) is replaced.
        """
        from filelock import FileLock

        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self.folder.parent / f".{self.name}.lock"):
            if not self.is_up():
                self.down()
                self._create()
            try:
                apply_facts(self.kubeconfig, facts, played)
                wait_until_ready(self.kubeconfig, facts)
            except BaseException:
                if not self.is_up():
                    self.down()
                raise

    def prepare(self, manifests: Manifests, facts: ClusterFacts) -> None:
        """Does nothing: no container runs."""

    def down(self) -> bool:
        """Removes the cluster and all its data; False if there was none."""
        if not self.folder.exists():
            return False
        self._kwokctl("delete", "cluster", check=False)
        shutil.rmtree(self.folder, ignore_errors=True)
        return True

    def is_up(self) -> bool:
        """Whether the API server answers."""
        return answers(self.kubeconfig)

    def _create(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.folder / "config.yaml"
        config.write_text(self._config())
        try:
            self._kwokctl(
                "create",
                "cluster",
                "--config",
                str(config),
                "--kubeconfig",
                str(self.kubeconfig),
                "--wait",
                "60s",
            )
        except BaseException:
            self.down()
            raise

    def _config(self) -> str:
        """The configuration of kwokctl: our programs and stages (one stage of ours switches off all of kwok's)."""
        import yaml

        paths = programs.ensure(COMPONENTS.values())
        options = {
            "runtime": "binary",
            "kubeVersion": f"v{programs.pins()['kube-apiserver'].version}",
            # without it, controllers and scheduler send at most 20 requests per second: minutes for a fleet
            "disableQPSLimits": True,
            "bindAddress": "127.0.0.1",
            **{option: str(paths[name]) for option, name in COMPONENTS.items()},
        }
        head = {
            "apiVersion": "config.kwok.x-k8s.io/v1alpha1",
            "kind": "KwokctlConfiguration",
            "options": options,
        }
        return f"{yaml.safe_dump(head)}---\n{STAGES.read_text()}"

    def _kwokctl(self, *arguments: str, check: bool = True) -> None:
        paths = programs.ensure(["kwokctl", "kubectl"])
        environment = {
            **os.environ,
            "KWOK_WORKDIR": str(self.folder / "kwok"),
            "PATH": f"{paths['kubectl'].parent}{os.pathsep}{os.environ.get('PATH', '')}",
        }
        command = [str(paths["kwokctl"]), "--name", self.name, *arguments]
        try:
            run = subprocess.run(
                command, env=environment, capture_output=True, text=True, check=False, timeout=START_SECONDS
            )
        except subprocess.TimeoutExpired:
            raise self._not_started([f"no answer within {START_SECONDS} s"]) from None
        if check and run.returncode != 0:
            raise self._not_started([line for line in (run.stderr + run.stdout).splitlines() if line.strip()])

    def _not_started(self, output: list[str]) -> UserError:
        """An error with the output of kwokctl and the log of the component that failed."""
        logs = [line for log in sorted(self.folder.rglob("logs/*.log")) for line in log.read_text().splitlines()]
        failed = [line for line in logs if "command failed" in line or '"fatal"' in line]
        hint = f"`ai-server cluster down --name {self.name}` removes the rest of it; another try chooses new ports"
        return UserError("the cluster did not start:\n" + "\n".join([*output[-4:], *failed[-2:]]), hint=hint)
