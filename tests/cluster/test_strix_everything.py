"""The profile strix-everything: all programs in one pod of one node, and every route answers."""

import pytest

from tests.cluster.common import pods

PROFILE = "strix-everything"


def test_one_pod_runs_every_program(release, api) -> None:
    pod = pods(api, release)["ai-server-rocm-halo"]
    assert [container.name for container in pod.spec.containers] == ["llama-server", "comfyui", "speech"]
    assert {pod.spec.node_name for pod in pods(api, release).values()} == {"halo"}


@pytest.mark.backends("kind")
def test_helm_test_asks_chat_embedding_rerank_picture_and_speech(release) -> None:
    said = release.test()
    for what in ("chat", "embedding", "rerank", "picture", "speech", "transcription"):
        assert what in said
