"""llama-server accepts the arguments, the variables and the presets that the chart renders, and serves the models in them."""

from pathlib import Path

import pytest

from ai_server.helm.gateway import routes
from ai_server.kube.manifests import Manifests
from tests.agreement import installed
from tests.conftest import PROFILES
from tests.contract import llama
from tests.contract.conftest import SLOW, of_profile
from tests.contract.llama import Llama

pytestmark = SLOW
WITHOUT = {"gateway-only", "thor-only"}
"""Profiles without a llama-server."""


@pytest.fixture(autouse=True)
def built() -> None:
    """Skips a test where the program is not built."""
    try:
        installed.llama_server()
    except installed.NotInstalledError as error:
        pytest.skip(str(error))


def test_most_profiles_have_a_llama_server() -> None:
    assert {name for name in PROFILES if not llama.pods(of_profile(name))} == WITHOUT


def embeds(server: Llama, name: str, tokens: int) -> int:
    """The status of the answer to a text of that many tokens, each of which the small model makes of a letter."""
    return server.client.post("/v1/embeddings", json={"model": name, "input": "b" * tokens}).status_code


def longest(manifests: Manifests, pod_name: str) -> dict[str, int]:
    """The embedding models behind a pod's Service, each with the longest input that the gateway promises."""
    found = [route for route in routes(manifests) if route.service == pod_name and route.mode == "embedding"]
    return {route.backend_model.partition("/")[2]: route.tokens for route in found}


@pytest.mark.parametrize("profile_name", sorted(set(PROFILES) - WITHOUT))
def test_it_serves_the_rendered_models(profile_name: str, tmp_path: Path) -> None:
    manifests = of_profile(profile_name)
    for pod in llama.pods(manifests):
        with llama.running(manifests, pod, tmp_path / pod.name) as server:
            assert sorted(server.listed()) == sorted(server.names)
            assert {name: why for name in server.names if (why := server.why_not_loaded(name))} == {}


@pytest.mark.parametrize("profile_name", ["homelab", "everything", "mixed-lab"])
def test_it_embeds_a_text_as_long_as_the_gateway_promises(profile_name: str, tmp_path: Path) -> None:
    manifests = of_profile(profile_name)
    tried = set()
    for pod in llama.pods(manifests):
        models = longest(manifests, pod.name)
        if models:
            with llama.running(manifests, pod, tmp_path / pod.name) as server:
                for name, tokens in models.items():
                    assert server.why_not_loaded(name) == ""
                    assert (embeds(server, name, tokens - 8), tokens > 512) == (200, True)
                    assert embeds(server, name, tokens * 2) in (400, 500)
                    tried.add(name)
    assert tried


def test_a_backend_wants_its_key(tmp_path: Path) -> None:
    manifests = of_profile("mixed-lab")
    [pod] = [pod for pod in llama.pods(manifests) if pod.name == "ai-server-gpu-nas"]
    with llama.running(manifests, pod, tmp_path) as server:
        body = {"input": "b"}
        assert (
            server.client.post("/v1/embeddings", json=body, headers={"Authorization": "Bearer no"}).status_code == 401
        )
        assert server.client.post("/v1/embeddings", json=body).status_code == 200


@pytest.mark.parametrize("wrong", ["--no-such-flag", "--no-mmap"])
def test_a_flag_that_it_does_not_know_is_seen(wrong: str, tmp_path: Path) -> None:
    manifests = of_profile("rtx")
    [pod] = llama.pods(manifests)
    llama.container_of(pod)["args"].append(wrong)
    with pytest.raises(AssertionError, match=f"invalid argument: {wrong}"), llama.running(manifests, pod, tmp_path):
        pass


def test_a_key_of_a_preset_that_it_does_not_know_is_seen(tmp_path: Path) -> None:
    manifests = of_profile("homelab")
    [pod] = llama.pods(manifests)
    presets = manifests.get("ConfigMap", pod.config_map("presets"))
    presets["data"]["models.ini"] = presets["data"]["models.ini"].replace("parallel =", "paralel =")
    with pytest.raises(AssertionError, match="paralel"), llama.running(manifests, pod, tmp_path):
        pass
