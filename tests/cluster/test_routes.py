"""helm test tests every route, and one broken program does not affect the others."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from ai_server.errors import UserError
from ai_server.helm.release import Release
from ai_server.lab import talk
from tests.cluster.common import eventually, fault, gateway_client, kubectl, pods, ready

PROFILE = "homelab"
pytestmark = pytest.mark.backends("kind")
PROGRAMS = {"vllm": 8000, "comfyui": 8188, "speech": 8001}
HELLO = [{"role": "user", "content": "Say hello."}]


def chat(ai: Any) -> None:
    assert ai.chat.completions.create(model="thor-thor-qwen3-32b", messages=HELLO).choices[0].message.content


def speak(ai: Any) -> None:
    assert ai.audio.speech.create(model="kokoro", voice="af_heart", input="one").read()


THROUGH_THE_GATEWAY: dict[str, Callable[[Any], None]] = {"vllm": chat, "speech": speak}


def by_service(release: Release, program: str) -> int:
    paths = {"vllm": "/health", "comfyui": "/system_stats", "speech": "/health"}
    # a port-forward to a Service needs a ready pod; a curl inside the cluster does not
    pod = pods_of(release, "litellm")
    code = (
        "import urllib.request as u; "
        f"print(u.urlopen('http://ai-server-thor-thor-{program}:{PROGRAMS[program]}{paths[program]}', timeout=5).status)"
    )
    said = kubectl(release, "exec", pod, "--container=litellm", "--", "python3", "-c", code, check=False)
    return int(said) if said.strip().isdigit() else 0


def answers(release: Release, program: str) -> None:
    assert by_service(release, program) == 200


def pods_of(release: Release, component: str) -> str:
    selector = f"--selector=app.kubernetes.io/component={component}"
    return kubectl(release, "get", "pods", selector, "--output=jsonpath={.items[0].metadata.name}")


@pytest.fixture
def ai(release: Release) -> Iterator[Any]:
    with gateway_client(release) as client:
        yield client


def test_helm_test_asks_every_route_for_what_it_is_there_for(release) -> None:
    said = release.test()
    for what in ("chat", "completion", "embedding", "picture", "speech", "transcription"):
        assert f"({what})" in said
    assert "11 requests, 0 dead" in said


def test_helm_test_fails_when_one_route_is_dead(release, api, nodes_of) -> None:
    lost = {"thor": {"speech": {"extraEnv": {"HF_HUB_CACHE": "/nowhere"}}}}
    release.install_or_upgrade(nodes_of.files, values=lost)
    try:
        with pytest.raises(UserError) as failed:
            release.test()
    finally:
        release.install_or_upgrade(nodes_of.files)
    assert "DEAD kokoro by thor-thor-kokoro (speech)" in failed.value.message
    assert "DEAD whisper by thor-thor-whisper (transcription)" in failed.value.message
    assert "11 requests, 2 dead" in failed.value.message


def ready_again(release: Release, api: Any) -> None:
    pod = pods(api, release).get("ai-server-thor-thor")
    assert pod
    assert ready(pod)


@pytest.mark.parametrize("broken", PROGRAMS)
def test_a_program_that_dies_leaves_the_others_answering(release, api, ai, broken: str) -> None:
    pod = pods(api, release)["ai-server-thor-thor"]
    restarts = {status.name: status.restart_count for status in pod.status.container_statuses}
    # three crashes in a row: the kubelet then waits before it restarts the program
    for _ in range(3):
        fault(release, pod, broken, "crash:1", PROGRAMS[broken])
        die(release, pod, broken)
    for other in set(PROGRAMS) - {broken}:
        eventually(lambda other=other: answers(release, other))
        if other in THROUGH_THE_GATEWAY:
            THROUGH_THE_GATEWAY[other](ai)
    eventually(lambda: ready_again(release, api))

    def restarted() -> dict[str, int]:
        statuses = pods(api, release)["ai-server-thor-thor"].status.container_statuses
        counts = {status.name: status.restart_count for status in statuses}
        assert counts[broken] > restarts[broken]
        return counts

    # the kubelet reports a restart a moment later
    now = eventually(restarted)
    assert {name: now[name] for name in now if name != broken} == {
        name: restarts[name] for name in restarts if name != broken
    }


def die(release: Release, pod: Any, program: str) -> None:
    path = {"vllm": "/v1/models", "comfyui": "/queue", "speech": "/v1/audio/voices"}[program]
    code = (
        "import os, urllib.request as u; "
        "key = os.environ.get('VLLM_API_KEY') or os.environ.get('API_KEY', ''); "
        f"u.urlopen(u.Request('http://127.0.0.1:{PROGRAMS[program]}{path}', headers={{'Authorization': 'Bearer ' + key}}), timeout=3)"
    )
    kubectl(release, "exec", pod.metadata.name, f"--container={program}", "--", "python3", "-c", code, check=False)


def test_a_program_that_never_starts_leaves_the_others_answering(release, api, ai, nodes_of) -> None:
    never = {"thor": {"vllm": {"extraEnv": {"MOCK_FAULT": "fail-start:1"}}}}
    release.install_or_upgrade(nodes_of.files, values=never, wait=False)

    def only_vllm_is_down() -> None:
        pod = pods(api, release).get("ai-server-thor-thor")
        assert pod
        states = {status.name: status.ready for status in pod.status.container_statuses or []}
        assert states == {"vllm": False, "comfyui": True, "speech": True}
        assert pod.status.container_statuses[2].restart_count > 0

    try:
        eventually(only_vllm_is_down)
        eventually(lambda: answers(release, "comfyui"))
        speak(ai)
        # its model has a fallback, and the fallback answers
        assert ai.chat.completions.create(model="qwen3-32b", messages=HELLO, max_tokens=4).choices
    finally:
        release.install_or_upgrade(nodes_of.files)


def test_a_model_that_fails_to_load_leaves_the_others_of_its_router_answering(release, api, ai, nodes_of) -> None:
    release.install_or_upgrade(nodes_of.files, values={"rocm": {"models": {"bge-m3": {"file": "gguf/not-there.gguf"}}}})
    try:
        assert ai.completions.create(model="rocm-aimax-qwen3-coder-30b", prompt="x", max_tokens=2).choices
        with talk.forwarded(release, "service/ai-server-rocm-aimax", 8080) as url:
            headers = {"Authorization": f"Bearer {talk.key(release, 'BACKEND_API_KEY')}"}
            models = httpx.get(f"{url}/models", headers=headers, timeout=10).json()["data"]
        failed = {model["id"]: model["status"].get("failed", False) for model in models}
        assert failed == {"bge-m3": True, "gpt-oss-120b": False, "qwen3-coder-30b": False}
    finally:
        release.install_or_upgrade(nodes_of.files)
