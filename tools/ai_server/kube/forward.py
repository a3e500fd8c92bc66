"""Forwards a port of a cluster to this machine, through kubectl."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ai_server.errors import UserError

SECONDS = 20


@contextmanager
def forwarded(
    kubectl: Path | str, kubeconfig: Path | str | None, namespace: str, target: str, port: int
) -> Iterator[str]:
    """Forwards a port of a Service or pod (service/ai-server-litellm), and yields http://127.0.0.1:PORT. UserError if
    it cannot. kubeconfig: None for the one that kubectl itself would use.
    """
    command = [str(kubectl), *([f"--kubeconfig={kubeconfig}"] if kubeconfig else []), f"--namespace={namespace}"]
    command += ["port-forward", "--address=127.0.0.1", target, f":{port}", f"--pod-running-timeout={SECONDS}s"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            match = re.search(r"127\.0\.0\.1:(\d+)", line)
            if not match:
                raise UserError(f"cannot forward a port of {target}: {line.strip()}", code=1)
            yield f"http://127.0.0.1:{match.group(1)}"
        finally:
            process.terminate()
