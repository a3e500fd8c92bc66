"""A rendered pod on this machine: its ports and addresses."""

from pathlib import Path

import pytest

from tests.conftest import Rendered
from tests.here.machine import KEY, NOWHERE, LocalPod, local_pod, local_pod_with, pods_with
from tests.render.common import ROCM, THOR, TWO_MODELS


@pytest.fixture
def gateway(rendered: Rendered, tmp_path: Path) -> LocalPod:
    """The pod of the gateway and its page, with the address of one of two nodes."""
    addresses = {"ai-server-rocm-halo:8080": "127.0.0.1:1234"}
    return local_pod_with(rendered(TWO_MODELS, THOR), "litellm", tmp_path, addresses)


def test_a_container_listens_on_its_free_port_only(gateway: LocalPod) -> None:
    litellm = gateway.process("litellm")
    assert litellm.command[litellm.command.index("--port") + 1] == str(litellm.port)
    assert "4000" not in litellm.command
    page = gateway.process("openwebui")
    assert page.env["PORT"] == str(page.port) != "8080"


def test_containers_of_a_pod_reach_each_other(gateway: LocalPod) -> None:
    page, port = gateway.process("openwebui"), gateway.process("litellm").port
    assert (page.env["OPENAI_API_BASE_URL"], page.env["OPENAI_API_KEY"]) == (f"http://127.0.0.1:{port}/v1", KEY)


def test_backends_are_at_the_given_addresses_or_nowhere(gateway: LocalPod) -> None:
    gateway.process("litellm")
    [file] = gateway.files("litellm")
    assert "http://127.0.0.1:1234/v1" in file.read_text()
    assert f"http://{NOWHERE}/v1" in file.read_text()
    assert "//ai-server-" not in file.read_text()


def test_the_render_itself_does_not_change(rendered: Rendered, tmp_path: Path) -> None:
    manifests = rendered(ROCM)
    [pod] = pods_with(manifests, "llama-server")
    local_pod(manifests, pod, tmp_path)
    assert manifests == rendered(ROCM)
