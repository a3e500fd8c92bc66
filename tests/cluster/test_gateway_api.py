"""The HTTPRoutes of API and page, as an API server with the Gateway API's own definitions accepts them."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from ai_server.helm.render import render
from ai_server.lab.programs.builder import find_go
from ai_server.reading import profiles
from tests.cluster.common import NAMESPACE, eventually, kubectl

PROFILE = "rocm-only"
pytestmark = pytest.mark.backends("kwok")
MODULE = "sigs.k8s.io/gateway-api@v1.6.3"
SUM = "h1:lKpJa5bGlraC/QeACvCpsHLdmO6y0iKfzVl6gzaFEYc="
KIND = "httproutes.gateway.networking.k8s.io"
ROUTE = {
    "enabled": True,
    "parentRefs": [
        {"name": "lan", "namespace": "gateways"},
        {"name": "public", "namespace": "gateways", "sectionName": "https"},
    ],
    "hostnames": ["ai.lan", "*.example.com"],
}


@pytest.fixture(scope="module", autouse=True)
def gateway_api(mock, nodes_of):
    """The kind HTTPRoute, as long as the tests of this module run."""
    command = [str(find_go()), "mod", "download", "-json", MODULE]
    module = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert module["Sum"] == SUM
    file = Path(module["Dir"]) / "config/crd/standard/gateway.networking.k8s.io_httproutes.yaml"
    kubectl(mock, "create", "namespace", NAMESPACE, check=False)  # unless another module has made it
    kubectl(mock, "apply", "--server-side", f"--filename={file}")
    # kubectl wait fails while a new CRD has no conditions yet
    eventually(lambda: kubectl(mock, "wait", "--for=condition=Established", f"crd/{KIND}", "--timeout=60s"))
    yield
    kubectl(mock, "delete", "crd", KIND)


def applied(mock, files, route) -> str:
    """What the API server says to the release's HTTPRoutes, without storing them."""
    values = {name: {"httpRoute": route} for name in ("litellm", "openwebui")}
    routes = render(profiles.load(files).values | values, namespace=NAMESPACE).of_kind("HTTPRoute")
    assert len(routes) == 2
    return kubectl(mock, "create", "--dry-run=server", "--filename=-", stdin=yaml.safe_dump_all(routes), check=False)


def test_the_api_server_accepts_a_route_of_several_gateways(mock, nodes_of) -> None:
    answer = applied(mock, nodes_of.files, ROUTE)
    assert answer.count("created (server dry run)") == 2, answer


def test_the_api_server_accepts_timeouts_of_a_long_stream(mock, nodes_of) -> None:
    answer = applied(mock, nodes_of.files, ROUTE | {"timeouts": {"request": "1h", "backendRequest": "30m"}})
    assert answer.count("created (server dry run)") == 2, answer


def test_the_api_server_rejects_a_try_that_is_longer_than_the_answer(mock, nodes_of) -> None:
    answer = applied(mock, nodes_of.files, ROUTE | {"timeouts": {"request": "30s", "backendRequest": "1h"}})
    assert "backendRequest timeout cannot be longer than request timeout" in answer
