"""Open WebUI accepts what the chart renders for it, and shows the models to every account."""

import asyncio
import subprocess
from pathlib import Path

import aiohttp
import httpx
import pytest

from ai_server.helm.gateway import gateway_of
from ai_server.local import environment
from tests.conftest import PROFILES, Rendered
from tests.contract import programs, stand_ins, watched
from tests.contract.conftest import SLOW, of_profile
from tests.contract.release import Release
from tests.here.machine import LocalPod, local_pod, local_pod_with
from tests.render.common import ROCM
from tests.tools.model_server import ANSWER

pytestmark = SLOW
KNOWN = {
    r"pydub/utils.py:\d+: RuntimeWarning": "this machine has no ffmpeg, which the image has",
    r'warn\("Couldn\'t find ffmpeg': "as above",
    r"SAWarning: .*(Dialect sqlite|primary key)": "about a migration of the database, of the program's own",
    r"ERROR .*Cannot connect to host 127\.0\.0\.1:9 ": "a backend that is not there",
    r"^([\d :.-]+\| )?INFO +[|\[]": "a record of that level, whose text has the word",
}
LATER = {
    "ANONYMIZED_TELEMETRY": "chromadb/config.py",  # in lower case, by pydantic
    "DO_NOT_TRACK": "huggingface_hub/constants.py",
    "HF_HUB_OFFLINE": "huggingface_hub/constants.py",
    "PORT": "",  # the start script of the image reads it
    "SCARF_NO_ANALYTICS": "",  # of a library that the image has in addition
}
"""Variables that libraries read when they are first used, and the module that names each."""


def page_of(name: str, folder: Path) -> LocalPod:
    """The page's pod of a profile."""
    return local_pod_with(of_profile(name), "openwebui", folder)


def chat_models(release: Release) -> list[str]:
    return sorted(
        name for name, mode in gateway_of(release.manifests.of_kind("ConfigMap")).modes.items() if mode == "chat"
    )


def test_the_page_starts_without_a_word_of_warning(homelab: Release) -> None:
    assert watched.problems(homelab.page.log.read_text(), KNOWN) == []


def test_the_page_reads_every_rendered_variable(homelab: Release) -> None:
    rendered = homelab.pod.variables("openwebui")
    assert rendered - watched.variables_read(homelab.watch["openwebui"]) - set(LATER) == set()


def test_the_variables_that_are_read_later_are_known_to_a_library() -> None:
    packages = next(environment.python("openwebui").parent.parent.glob("lib/*/site-packages"))
    unknown = {
        name for name, file in LATER.items() if file and name.lower() not in (packages / file).read_text().lower()
    }
    assert unknown == set()


def test_a_second_account_sees_exactly_the_chat_models(homelab: Release) -> None:
    account = {"name": "Bob", "email": "bob@example.lan", "password": "sk-of-bob", "role": "user"}
    with homelab.sign_in("admin@localhost") as admin:
        admin.post("/api/v1/auths/add", json=account).raise_for_status()
        seen_by_admin = [model["id"] for model in admin.get("/api/models").json()["data"]]
    with homelab.sign_in("bob@example.lan", "sk-of-bob") as bob:
        seen_by_bob = [model["id"] for model in bob.get("/api/models").json()["data"]]
        answer = bob.post(
            "/api/chat/completions", json={"model": "qwen3-32b", "messages": [{"role": "user", "content": "?"}]}
        )
    assert sorted(seen_by_admin) == sorted(seen_by_bob) == chat_models(homelab)
    assert answer.json()["choices"][0]["message"]["content"] == ANSWER


def test_the_page_asks_for_no_address_outside_the_cluster(homelab: Release) -> None:
    with homelab.sign_in("admin@localhost") as admin:
        admin.get("/api/models").raise_for_status()
    assert watched.hosts_asked(homelab.watch["openwebui"]) == set()


@pytest.mark.parametrize(
    ("origin", "accepted"),
    [("http://localhost:8080", True), ("http://chat.home.lan", True), ("http://elsewhere.example", False)],
)
def test_the_page_works_at_its_url_and_at_the_port_forward_of_the_notes(
    homelab: Release, origin: str, accepted: bool
) -> None:
    assert asyncio.run(opens_websocket(homelab.page.origin, origin)) is accepted


async def opens_websocket(page: str, origin: str) -> bool:
    """Whether the page accepts the websocket of a browser that shows it at an origin."""
    url = f"{page}/ws/socket.io/?EIO=4&transport=websocket"
    async with aiohttp.ClientSession() as session:
        try:
            async with session.ws_connect(url, origin=origin) as websocket:
                return (await websocket.receive_str(timeout=20)).startswith("0{")
        except aiohttp.WSServerHandshakeError:
            return False


def test_the_probe_of_the_page_is_answered(homelab: Release) -> None:
    path = homelab.pod.container("openwebui")["livenessProbe"]["httpGet"]["path"]
    assert httpx.get(homelab.page.origin + path, trust_env=False).status_code == 200


def refused_by_uvicorn(arguments: list[str]) -> str:
    """What the page's uvicorn says about arguments that it does not know; "" if it takes them all."""
    parse = "import sys, uvicorn; uvicorn.main.make_context('uvicorn', ['page:app', *sys.argv[1:]])"
    run = subprocess.run(
        [environment.python("openwebui"), "-c", parse, *arguments], capture_output=True, text=True, check=False
    )
    return run.stderr.strip().rpartition("\n")[2]


def test_further_arguments_are_those_of_its_server(tmp_path: Path) -> None:
    arguments = {name: page_of(name, tmp_path / name).process("openwebui").command for name in PROFILES}
    assert {name: refused_by_uvicorn(words) for name, words in arguments.items() if words} == {"everything": ""}


def test_an_argument_that_its_server_does_not_know_is_seen() -> None:
    assert "No such option" in refused_by_uvicorn(["--timeout-keep-alife", "30"])


@pytest.mark.complete
def test_further_arguments_leave_the_page_running(rendered: Rendered, tmp_path: Path) -> None:
    manifests = rendered(ROCM, "openwebui: {extraArgs: [--timeout-keep-alive, '30']}")
    pod = local_pod(manifests, manifests.pod("ai-server-litellm"), tmp_path / "pod")
    assert pod.command("openwebui") == ["bash", "start.sh"]
    with programs.started(pod, "openwebui") as page:
        assert httpx.get(f"{page.origin}/health", trust_env=False).json() == {"status": True}


@pytest.mark.complete
@pytest.mark.parametrize("name", sorted(set(PROFILES) - {"homelab"} - set(stand_ins.NEEDS_SERVICES)))
def test_each_profiles_page_starts(name: str, tmp_path: Path) -> None:
    pod, watch = page_of(name, tmp_path / "pod"), tmp_path / "watch"
    with programs.started(pod, "openwebui", watch) as page:
        log = page.log.read_text()
    assert watched.problems(log, KNOWN) == []
    assert watched.hosts_asked(watch, watched.hosts_in(pod.process("openwebui").env.values())) == set()
    assert pod.variables("openwebui") - watched.variables_read(watch) - set(LATER) == set()
