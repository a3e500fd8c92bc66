"""Upgrades on real nodes: only the necessary pods restart, keys and chats stay, impossible changes are rejected."""

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import httpx
import openai
import pytest

from ai_server.errors import UserError
from ai_server.helm.release import Release
from ai_server.helm.render import render
from ai_server.kube.cluster_facts import read_facts
from ai_server.lab import talk
from ai_server.lab.containers.engine import docker
from ai_server.reading import profiles
from ai_server.reading.merge import coalesce
from tests.cluster.common import NAMESPACE, eventually, gateway_client, kubectl, pods, ready, uids

PROFILE = "homelab"
pytestmark = pytest.mark.backends("kind")
SMALL = {"requests": {"cpu": "50m", "memory": "128Mi"}}
MODEL = "gguf/SmolLM2-135M-Instruct.Q4_1.gguf"
Upgrade = Callable[[dict[str, Any]], set[str]]


@pytest.fixture
def upgrade(release: Release, api: Any, nodes_of: Any, mock: Any) -> Iterator[Upgrade]:
    """Upgrades with values over the profile's, and returns the workloads with new pods; later restores the release."""

    def run(values: dict[str, Any]) -> set[str]:
        before = uids(api, release)
        merged = coalesce(profiles.load(nodes_of.files).values, values)
        mock.prepare(render(merged, namespace=NAMESPACE), read_facts(nodes_of.cluster).only(["aimax", "thor", "rpi2"]))
        release.install_or_upgrade(nodes_of.files, values=values)
        after = uids(api, release)
        return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}

    yield run
    release.install_or_upgrade(nodes_of.files)


def test_an_added_model_restarts_its_node_and_the_gateway(release, upgrade) -> None:
    changed = upgrade({"rocm": {"models": {"smol": {"file": MODEL, "ctxSize": 1024}}}})
    assert changed == {"ai-server-rocm-aimax", "ai-server-litellm"}
    with gateway_client(release) as ai:
        assert ai.completions.create(model="smol", prompt="x", max_tokens=2).choices


def test_a_model_moved_to_a_node_that_is_new_answers_from_there(release, upgrade) -> None:
    second = {"node": "rpi2", "serve": ["qwen3-coder-30b"], "gpuAccess": "privileged", "renderGroup": 991}
    # rpi2 has no GPU
    without_device = {"qwen3-coder-30b": {"flags": {"device": False}}}
    second |= {"deviceCheck": False, "resources": SMALL, "overrides": without_device}
    changed = upgrade({"rocm": {"nodes": {"aimax": {"serve": ["gpt-oss-120b", "bge-m3"]}, "second": second}}})
    assert changed == {"ai-server-rocm-aimax", "ai-server-rocm-second", "ai-server-litellm"}
    with gateway_client(release) as ai:
        assert ai.completions.create(model="rocm-second-qwen3-coder-30b", prompt="x", max_tokens=2).choices
        with pytest.raises(openai.APIStatusError):
            ai.completions.create(model="rocm-aimax-qwen3-coder-30b", prompt="x", max_tokens=2)


def test_another_image_restarts_its_own_pod_alone(release, upgrade) -> None:
    docker("tag", "localhost/ai-server/mock:1", "localhost/ai-server/mock:next")
    assert upgrade({"thor": {"vllm": {"image": {"tag": "next"}}}}) == {"ai-server-thor-thor"}


def test_chats_outlive_the_page_being_switched_off(release, upgrade, api) -> None:
    title = {"chat": {"title": "kept"}}
    with page(release) as signed_in:
        assert signed_in.post("/api/v1/chats/new", json=title).status_code == 200
    assert upgrade({"openwebui": {"enabled": False}}) == {"ai-server-litellm"}
    assert len(pods(api, release)["ai-server-litellm"].spec.containers) == 1
    assert upgrade({}) == {"ai-server-litellm"}
    with page(release) as signed_in:
        assert "kept" in [chat["title"] for chat in signed_in.get("/api/v1/chats/").json()]


@contextmanager
def page(release: Release) -> Iterator[httpx.Client]:
    with talk.forwarded(release, "service/ai-server-openwebui", 80) as url:
        who = {"email": "admin@localhost", "password": talk.key(release, "WEBUI_ADMIN_PASSWORD")}
        token = httpx.post(f"{url}/api/v1/auths/signin", json=who).json()["token"]
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30) as signed_in:
            yield signed_in


def test_a_new_key_wants_the_gateway_restarted_and_nothing_else(release, api) -> None:
    before, old = uids(api, release), talk.key(release)
    rotate(release, f"{old}-new")
    try:
        after = uids(api, release)
        assert {name for name in after if after[name] != before[name]} == {"ai-server-litellm"}
        with gateway_client(release) as ai:
            assert len(list(ai.models.list())) == 6
            with pytest.raises(openai.APIStatusError):
                ai.with_options(api_key=old).models.list()
    finally:
        rotate(release, old)


def rotate(release: Release, key: str) -> None:
    """As in docs/secrets.md."""
    encoded = base64.b64encode(key.encode()).decode()
    patch = f'{{"data": {{"LITELLM_MASTER_KEY": "{encoded}"}}}}'
    kubectl(release, "patch", "secret", "ai-server-keys", "--type=merge", f"--patch={patch}")
    kubectl(release, "rollout", "restart", "deployment/ai-server-litellm")
    kubectl(release, "rollout", "status", "deployment/ai-server-litellm", "--timeout=120s")


def test_an_answer_that_is_being_written_is_finished_before_the_gateway_goes(release, api, nodes_of) -> None:
    pod = pods(api, release)["ai-server-litellm"].metadata.name
    with talk.forwarded(release, f"pod/{pod}", 4000) as url:
        ai = talk.client(url, talk.key(release))
        stream = ai.chat.completions.create(model="qwen3-32b", messages=HELLO, max_tokens=500, stream=True)
        first = next(iter(stream))
        restart = Thread(target=lambda: kubectl(release, "delete", "pod", pod))
        restart.start()
        rest = list(stream)
    restart.join()
    eventually(lambda: ready_gateway(api, release))
    assert first.choices
    assert rest[-1].choices[0].finish_reason == "length"
    assert len(rest) > 400


HELLO = [{"role": "user", "content": "Say hello."}]


def ready_gateway(api: Any, release: Release) -> None:
    pod = pods(api, release).get("ai-server-litellm")
    assert pod
    assert ready(pod)


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"storageClass": "fast"}, "openwebui.persistence.storageClass"),
        ({"accessMode": "ReadWriteMany"}, "openwebui.persistence.accessMode"),
        ({"size": "500Mi"}, "openwebui.persistence.size"),
    ],
)
def test_what_a_claim_cannot_become_is_refused_before_anything_is_touched(release, api, nodes_of, values, key) -> None:
    history, before = release.history(), uids(api, release)
    with pytest.raises(UserError, match=key) as refused:
        release.install_or_upgrade(nodes_of.files, values={"openwebui": {"persistence": values}})
    assert "existingClaim" in refused.value.message
    assert (release.history(), uids(api, release)) == (history, before)


def test_a_rollback_by_hand_brings_the_old_models_back(release, upgrade) -> None:
    [*_, last] = release.history()
    upgrade({"rocm": {"models": {"smol": {"file": MODEL, "ctxSize": 1024}}}})
    release.rollback(last["revision"])
    with gateway_client(release) as ai:
        assert "smol" not in [model.id for model in ai.models.list()]
        assert ai.completions.create(model="gpt-oss-120b", prompt="x", max_tokens=2).choices
