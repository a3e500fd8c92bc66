"""A dead backend costs no request, with the real LiteLLM and the rendered routing."""

import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.conftest import Rendered
from tests.contract import programs
from tests.contract.backend import Backend, backend
from tests.contract.conftest import SLOW, of_profile
from tests.contract.release import Release
from tests.here.machine import KEY, local_pod_with
from tests.here.programs import Server

pytestmark = SLOW
TOGETHER, REQUESTS = 4, 100
TWO_BACKENDS = """
rocm:
  models: {chat: {file: gguf/chat.gguf}}
  nodes: {one: {renderGroup: 991}, two: {renderGroup: 991}}
"""


def statuses(server: Server, model: str, requests: int = REQUESTS) -> Counter[int]:
    """How often a gateway answered with each status, asked by a few clients at once."""

    headers = {"Authorization": f"Bearer {KEY}"}
    body = {"model": model, "messages": [{"role": "user", "content": "Is there anybody?"}]}
    client = httpx.Client(base_url=server.origin, headers=headers, timeout=60, trust_env=False)

    def ask(_: int) -> int:
        return client.post("/v1/chat/completions", json=body).status_code

    with client, ThreadPoolExecutor(TOGETHER) as pool:
        return Counter(pool.map(ask, range(requests)))


def test_a_dead_model_is_answered_for_by_the_other_of_a_pair(homelab: Release) -> None:
    """Each of the two models is the other's fallback."""
    assert statuses(homelab.gateway, "gpt-oss-120b") == {200: REQUESTS}
    assert statuses(homelab.gateway, "qwen3-32b") == {200: REQUESTS}
    assert set(homelab.vllm.asked) == {"qwen3-32b"}


NO_POLICY = r"    allowed_fails: \d+\n    allowed_fails_policy:\n(      \w+: \d+\n)+"
NO_BACKENDS = r"    - (thor-thor|rocm-aimax)-.*\n"


@pytest.mark.complete
@pytest.mark.parametrize(
    ("left_out", "all_answered"),
    [([NO_POLICY], True), ([NO_BACKENDS], True), ([NO_POLICY, NO_BACKENDS], False)],
    ids=["without the policy", "without backends as fallbacks", "without both"],
)
def test_each_of_two_settings_keeps_a_pair_alive(left_out: list[str], all_answered: bool, tmp_path: Path) -> None:
    """LiteLLM rests the model that answers for a dead one, unless model_info or the list of fallbacks prevents it."""
    manifests = of_profile("homelab")
    data = manifests.get("ConfigMap", "ai-server-litellm")["data"]
    for pattern in left_out:
        data["config.yaml"], count = re.subn(pattern, "", data["config.yaml"])
        assert count
    with backend() as alive:
        pod = local_pod_with(manifests, "litellm", tmp_path, {"ai-server-thor-thor-vllm:8000": alive.address})
        with programs.started(pod, "litellm") as server:
            answered = statuses(server, "gpt-oss-120b")
    assert (answered == {200: REQUESTS}, 429 in answered) == (all_answered, not all_answered)


@pytest.fixture
def half_dead(rendered: Rendered, tmp_path: Path) -> Iterator[tuple[Server, Backend]]:
    """The gateway of a model with two backends, one of them dead, and the other one."""
    manifests = rendered(TWO_BACKENDS)
    with backend() as alive:
        pod = local_pod_with(manifests, "litellm", tmp_path / "pod", {"ai-server-rocm-two:8080": alive.address})
        with programs.started(pod, "litellm") as server:
            yield server, alive


@pytest.mark.complete
def test_a_model_with_a_dead_backend_is_answered_for_by_its_other(half_dead: tuple[Server, Backend]) -> None:
    server, alive = half_dead
    assert statuses(server, "chat") == {200: REQUESTS}
    assert set(alive.asked) == {"chat"}
