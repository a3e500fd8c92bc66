"""The facts of a live cluster, read from an API server that answers with given lists."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ai_server.errors import UserError
from ai_server.kube.cluster_facts import live_facts
from tests.tools.test_discover import NAMESPACE, SLICE

SLICES, NAMESPACES = "/apis/resource.k8s.io/v1/resourceslices", "/api/v1/namespaces"
CLASSES = "/apis/networking.k8s.io/v1/ingressclasses"


class Server(ThreadingHTTPServer):
    """An API server with the objects of some paths; other lists are empty, and each path of failing has its status."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.objects: dict[str, list[Any]] = {}
        self.failing: dict[str, int] = {}
        self.kubeconfig = folder / "config"
        cluster = {"name": "a", "cluster": {"server": f"http://127.0.0.1:{self.server_port}"}}
        user, context = {"name": "a", "user": {}}, {"name": "a", "context": {"cluster": "a", "user": "a"}}
        config = {"clusters": [cluster], "users": [user], "contexts": [context], "current-context": "a"}
        self.kubeconfig.write_text(json.dumps({"apiVersion": "v1", "kind": "Config", **config}))


class Answer(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.send_response(self.server.failing.get(path, 200))
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps({"metadata": {}, "items": self.server.objects.get(path, [])}).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


def test_namespaces_with_their_labels_and_devices_are_read(server: Server) -> None:
    server.objects = {NAMESPACES: [NAMESPACE], SLICES: [SLICE]}
    facts = live_facts(str(server.kubeconfig))
    assert facts.of_kind("Namespace")[0]["metadata"]["labels"] == NAMESPACE["metadata"]["labels"]
    assert facts.of_kind("ResourceSlice")[0]["spec"]["devices"][0]["name"] == "gpu-0"


def test_zero_objects_of_a_kind_are_an_answer(server: Server) -> None:
    facts = live_facts(str(server.kubeconfig))
    kinds = ("RuntimeClass", "IngressClass", "DeviceClass", "Namespace")
    assert [(facts.knows(kind), facts.of_kind(kind)) for kind in kinds] == [(True, [])] * len(kinds)


def test_an_older_cluster_has_no_devices_and_is_read_all_the_same(server: Server) -> None:
    server.failing = {SLICES: 404, CLASSES: 403}
    facts = live_facts(str(server.kubeconfig))
    kinds = ("DeviceClass", "ResourceSlice", "IngressClass")
    assert [facts.knows(kind) for kind in kinds] == [True, False, False]


def test_a_cluster_that_does_not_show_its_nodes_cannot_be_read(server: Server) -> None:
    server.failing = {"/api/v1/nodes": 403}
    with pytest.raises(UserError, match="cannot read the cluster"):
        live_facts(str(server.kubeconfig))
