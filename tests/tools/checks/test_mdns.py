"""Names in .local are reported where pods ask them, unless something makes them known."""

import pytest

from tests.tools.checks.conftest import Run

MODEL = "litellm: {models: {x: {model: hosted_vllm/x, apiBase: 'http://%s:8000/v1'}}}\n"


def reported(run: Run, text: str) -> list[str]:
    return [finding.key for finding in run(text) if finding.rule == "routes/mdns-name"]


@pytest.mark.parametrize(
    "text",
    [
        MODEL % "nas.local",
        "openwebui: {extraEnv: {SEARXNG_QUERY_URL: 'http://me@Search.local./q'}}",
        "openwebui: {mode: standalone, redis: {url: 'redis://nas.local:6379/0'}}",
        "litellm: {extraEnv: {REDIS_HOST: nas.local}}",
    ],
)
def test_a_name_that_a_pod_asks_is_reported(run: Run, text: str) -> None:
    assert len(reported(run, text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        MODEL % "svc.ai.svc.cluster.local",
        MODEL % "server.corp.local",
        MODEL % "nas.local" + "global: {privateDomains: [nas.local]}",
        MODEL % "nas.local" + "global: {pod: {hostAliases: [{ip: 10.0.0.9, hostnames: [nas.local]}]}}",
        MODEL % "nas.local" + "global: {pod: {dnsConfig: {nameservers: [10.0.0.1]}}}",
        "openwebui: {url: 'http://chat.local', ingress: {enabled: true, host: chat.local, className: traefik}}",
        "openwebui: {extraEnv: {CORS_ALLOW_ORIGIN: 'http://chat.local'}}",
    ],
)
def test_a_name_that_is_known_or_that_browsers_ask_is_not(run: Run, text: str) -> None:
    assert reported(run, text) == []
