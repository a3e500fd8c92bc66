"""A rendered pod on this machine: its ports and addresses, and what of a log and of the network a test sees."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Rendered
from tests.contract import programs, watched
from tests.contract.machine import NOWHERE_ADDRESS, LocalPod, local_pod
from tests.local_gateway import KEY
from tests.render.common import ROCM, THOR, TWO_MODELS


@pytest.fixture
def gateway(rendered: Rendered, tmp_path: Path) -> LocalPod:
    """The pod of the gateway and its page, with the address of one of two nodes."""
    addresses = {"ai-server-rocm-halo:8080": "127.0.0.1:1234"}
    return programs.local(rendered(TWO_MODELS, THOR), "litellm", tmp_path, addresses)


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
    assert f"http://{NOWHERE_ADDRESS}/v1" in file.read_text()
    assert "//ai-server-" not in file.read_text()


def test_the_render_itself_does_not_change(rendered: Rendered, tmp_path: Path) -> None:
    manifests = rendered(ROCM)
    [pod] = programs.pods_with(manifests, "llama-server")
    local_pod(manifests, pod, tmp_path)
    assert manifests == rendered(ROCM)


def test_a_watched_program_shows_what_it_asks_for_and_reads(tmp_path: Path) -> None:
    script = "import os, socket; os.getenv('ONE')\ndict(os.environ)\ntry: socket.getaddrinfo('no.invalid', 1)\nexcept OSError: pass"
    env = {"CONTRACT_CANARY": "1", "CONTRACT_WATCH": str(tmp_path / "watch"), "PYTHONPATH": str(programs.WATCH)}
    subprocess.run([sys.executable, "-c", script], env={"PATH": os.defpath, "ONE": "1", "TWO": "2", **env}, check=True)
    assert watched.hosts_asked(tmp_path / "watch") == {"no.invalid"}
    assert watched.hosts_asked(tmp_path / "watch", {"no.invalid"}) == set()
    assert "TWO" not in watched.variables_read(tmp_path / "watch") >= {"ONE"}


def test_a_line_of_a_log_is_a_problem_unless_it_is_known() -> None:
    log = "INFO: ready\nWARNING: trusted proxies\nValueError: unknown key"
    assert watched.problems(log, {"trusted proxies": "of another feature"}) == ["ValueError: unknown key"]
