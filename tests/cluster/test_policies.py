"""Enforced NetworkPolicies on kind: a table of which pods can reach which, with a request for each cell."""

import pytest

from ai_server.lab.clusters.kind_config import nodes_of as containers_of
from ai_server.lab.clusters.policies import enforce
from tests.cluster.common import kubectl, pods

PROFILE = "homelab"
pytestmark = pytest.mark.backends("kind")
POLICY = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: only-the-gateway}
spec:
  podSelector: {matchLabels: {app.kubernetes.io/component: thor}}
  ingress:
    - from: [{podSelector: {matchLabels: {app.kubernetes.io/component: litellm}}}]
      ports: [{port: vllm}]
"""
CALL = "import urllib.request as u; print(u.urlopen('http://{}:{}/health', timeout=3).status)"


def reaches(release, pod, container: str, service: str, port: int) -> bool:
    command = ["exec", pod.metadata.name, f"--container={container}", "--", "python3", "-c", CALL.format(service, port)]
    return kubectl(release, *command, check=False).strip() == "200"


def test_who_reaches_whom_is_what_the_policy_says(release, api, mock) -> None:
    found = pods(api, release)
    gateway, thor = found["ai-server-litellm"], found["ai-server-thor-thor"]

    def table() -> dict[str, bool]:
        return {
            "gateway to vllm": reaches(release, gateway, "litellm", "ai-server-thor-thor-vllm", 8000),
            "gateway to speech": reaches(release, gateway, "litellm", "ai-server-thor-thor-speech", 8001),
            "vllm to llama-server": reaches(release, thor, "vllm", "ai-server-rocm-aimax", 8080),
        }

    try:
        kubectl(release, "apply", "--filename=-", stdin=POLICY)
        assert enforce(mock.kubeconfig, containers_of(mock.name)) == 1
        assert table() == {"gateway to vllm": True, "gateway to speech": False, "vllm to llama-server": True}
    finally:
        kubectl(release, "delete", "networkpolicy", "only-the-gateway")
        enforce(mock.kubeconfig, containers_of(mock.name))
    assert set(table().values()) == {True}
