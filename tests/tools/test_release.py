"""The release on a cluster, as Helm itself reads it from a Kubernetes API that only has Helm's Secrets."""

import base64
import gzip
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest
import yaml

from ai_server.errors import UserError
from ai_server.helm.release import Release
from ai_server.lab import programs


class Api(BaseHTTPRequestHandler):
    """Answers with its version, and otherwise with a list of Secrets."""

    secrets: ClassVar[list[dict[str, Any]]] = []

    def do_GET(self) -> None:
        version = {"major": "1", "minor": "36", "gitVersion": "v1.36.3"}
        secrets = {"apiVersion": "v1", "kind": "SecretList", "items": self.secrets}
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(version if self.path.startswith("/version") else secrets).encode())

    def log_message(self, *arguments: object) -> None:
        """Prints nothing."""


def secret(name: str, status: str) -> dict[str, Any]:
    """The Secret in which Helm stores the first revision of a release."""
    chart = {"metadata": {"name": "ai-server", "version": "1.0.0"}}
    revision = {"name": name, "namespace": "ai-server", "version": 1, "info": {"status": status}, "chart": chart}
    stored = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(revision).encode()))).decode()
    return {
        "type": "helm.sh/release.v1",
        "metadata": {"name": f"sh.helm.release.v1.{name}.v1", "labels": {"owner": "helm", "name": name}},
        "data": {"release": stored},
    }


def kubeconfig_of(port: int, folder: Path) -> Path:
    """A file with the kubeconfig of an API at this port."""
    cluster = {"name": "api", "cluster": {"server": f"http://127.0.0.1:{port}"}}
    context = {"name": "api", "context": {"cluster": "api", "user": ""}}
    config = {"kind": "Config", "clusters": [cluster], "contexts": [context], "current-context": "api"}
    (folder / "kubeconfig").write_text(yaml.safe_dump(config))
    return folder / "kubeconfig"


@pytest.fixture(scope="module")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The kubeconfig of an Api, with both versions of Helm installed."""
    programs.ensure(["helm", "helm3"])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    Thread(target=server.serve_forever, daemon=True).start()
    yield kubeconfig_of(server.server_port, tmp_path_factory.mktemp("api"))
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("program", ["helm", "helm3"])
@pytest.mark.parametrize(
    ("secrets", "exists"),
    [
        ([], False),
        ([secret("ai-server-2", "deployed")], False),
        ([secret("ai-server", "deployed")], True),
        ([secret("ai-server", "pending-install")], True),
    ],
    ids=["nothing", "another release", "installed", "interrupted"],
)
def test_a_release_exists_in_any_status(
    kubeconfig: Path, monkeypatch: pytest.MonkeyPatch, program: str, secrets: list[dict[str, Any]], exists: bool
) -> None:
    monkeypatch.setattr(Api, "secrets", secrets)
    assert Release(kubeconfig, program=program).exists() is exists


def test_an_api_that_does_not_answer_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="helm:"):
        Release(kubeconfig_of(1, tmp_path)).exists()
