"""Backends whose Services the network reaches."""

from typing import Any

import pytest

from tests.at import at
from tests.tools.checks.conftest import Run

OPEN = {"type": "NodePort"}
NO_KEY = at("thor.vllm.extraEnv.VLLM_API_KEY", "", "thor.speech.apiKeyEnv", "")


def rules(run: Run, values: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {finding.rule: (finding.severity, finding.key) for finding in run(values)}


@pytest.mark.parametrize(
    "path", ["rocm.service", "rocm.nodes.halo.service", "thor.vllm.service", "thor.speech.service"]
)
def test_an_open_backend_is_a_warning_at_its_type(run: Run, path: str) -> None:
    assert rules(run, at(path, OPEN)) == {"security/backend-exposed": ("warning", f"{path}.type")}


def test_an_open_backend_bypasses_litellm(run: Run) -> None:
    [message] = [
        finding.message for finding in run(at("rocm.service", OPEN)) if finding.rule == "security/backend-exposed"
    ]
    assert "llama-server directly, which bypasses LiteLLM's keys, limits and log: its key is all" in message


def test_an_open_comfyui_is_an_error(run: Run) -> None:
    path = "thor.nodes.thor.comfyui.service"
    assert rules(run, at(path, OPEN)) == {"security/comfyui-exposed": ("error", f"{path}.type")}


@pytest.mark.parametrize(("program", "severity"), [("comfyui", "warning"), ("vllm", "error"), ("speech", "error")])
def test_a_missing_key_is_an_error_where_the_network_reaches_the_program(run: Run, program: str, severity: str) -> None:
    found = run(at(f"thor.{program}.service", OPEN, within=NO_KEY))
    without = {finding.key: finding.severity for finding in found if finding.rule == "security/login-off"}
    keys = {"vllm": "thor.vllm.extraEnv.VLLM_API_KEY", "speech": "thor.speech.apiKeyEnv"}
    assert without == {key: severity if name == program else "warning" for name, key in keys.items()}


def test_a_service_of_ones_own_opens_a_backend_as_well(run: Run) -> None:
    labels = {"app.kubernetes.io/component": "thor", "ai-server/node": "thor"}
    spec = {"type": "LoadBalancer", "selector": labels, "ports": [{"port": 80, "targetPort": "vllm"}]}
    item = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "mine"}, "spec": spec}
    found = rules(run, {"extraObjects": [item]})
    assert found["security/backend-exposed"] == ("warning", "extraObjects[0].spec.type")
