"""A release on a cluster, through pyhelm3: the only module that installs, upgrades and uninstalls with Helm."""

import asyncio
import json
import os
import re
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ai_server.errors import UserError
from ai_server.helm.command import find_helm
from ai_server.paths import CHART

Result = TypeVar("Result")
LAST_LINES = 12
ANY_STATUS = ("--deployed", "--failed", "--pending", "--superseded", "--uninstalled", "--uninstalling")
"""What `helm list` calls --all in Helm 3, and lists by default in Helm 4."""


@dataclass(frozen=True)
class Release:
    """A release of the chart: its name and namespace, on the cluster of a kubeconfig."""

    kubeconfig: Path
    name: str = "ai-server"
    namespace: str = "ai-server"
    program: str = "helm"

    def install_or_upgrade(
        self,
        files: Sequence[Path],
        *,
        wait: bool = True,
        rollback: bool = False,
        timeout_seconds: int = 120,
        values: dict[str, Any] | None = None,
    ) -> int:
        """Installs or upgrades the release, and returns the revision. Helm merges the files; values, which win over the
        files, are for tests. rollback undoes a failed upgrade. UserError with the last lines of Helm's output.
        """
        flags = [flag for file in files for flag in ("--values", str(file))]
        if values:
            flags += ["--values", "-"]
        flags += ["--install", "--create-namespace", "--timeout", f"{timeout_seconds}s", "--output", "json"]
        flags += ["--wait"] if wait else []
        if rollback:
            flags.append("--rollback-on-failure" if self.program == "helm" else "--atomic")
        out = self._run(["upgrade", self.name, str(CHART), *flags], stdin=json.dumps(values) if values else None)
        return int(json.loads(out)["version"])

    def rollback(self, revision: int) -> None:
        """Rolls back to a revision, and waits until it is ready."""
        self._run(["rollback", self.name, str(revision), "--wait", "--timeout", "120s"])

    def test(self) -> str:
        """Runs the chart's tests and returns their output; UserError with the output if one fails."""
        return self._run(["test", self.name, "--logs", "--timeout", "300s"])

    def uninstall(self) -> str:
        """Removes the release; returns Helm's list of what was kept."""
        return self._run(["uninstall", self.name, "--wait", "--timeout", "120s"])

    def history(self) -> list[dict[str, Any]]:
        """The revisions of the release, oldest first; UserError if it has none."""
        revisions: list[dict[str, Any]] = json.loads(self._run(["history", self.name, "--output", "json"]))
        return revisions

    def exists(self) -> bool:
        """Whether the release has a revision, whatever its status."""
        listed = self._run(["list", "--filter", f"^{re.escape(self.name)}$", *ANY_STATUS, "--output", "json"])
        return bool(json.loads(listed))

    def notes(self) -> str:
        """The notes that Helm printed after the last installation or upgrade."""
        return self._run(["get", "notes", self.name])

    def _run(self, arguments: list[str], stdin: str | None = None) -> str:
        # with a few dozen Deployments, Helm's own request limits turn seconds into minutes
        os.environ.setdefault("HELM_QPS", "500")
        os.environ.setdefault("HELM_BURST_LIMIT", "1000")
        from pyhelm3 import Command
        from pyhelm3.errors import Error

        command = Command(executable=str(find_helm(self.program)), kubeconfig=self.kubeconfig)
        try:
            out = _wait(command.run([*arguments, "--namespace", self.namespace], stdin.encode() if stdin else None))
        except Error as error:
            printed = [*(error.stdout or b"").decode().splitlines(), *error.stderr.decode().splitlines()]
            lines = [line for line in printed if line.strip() and "level=" not in line]
            raise UserError("helm: " + "\n".join(lines[-LAST_LINES:]), code=1) from None
        return out.decode() if isinstance(out, bytes) else str(out)


def _wait(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Runs a coroutine: only pyhelm3 is asynchronous here."""
    return asyncio.run(coroutine)
