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


@pytest.mark.parametrize(
    ("variable", "value", "found"),
    [
        ("TIKA_SERVER_URL", "http://host.docker.internal:9998", True),
        ("OLLAMA_BASE_URLS", "http://nas.lan:11434;http://host.docker.internal:11434", True),
        ("REDIS_HOST", "host.docker.internal", True),
        ("TOOL_SERVER_CONNECTIONS", '[{"url": "http://host.docker.internal:8000/mcp"}]', True),
        ("NO_PROXY", "localhost,host.docker.internal", False),
        ("CORS_ALLOW_ORIGIN", "http://host.docker.internal:3000", False),
        ("WEBUI_BANNERS", '[{"content": "host.docker.internal is gone"}]', False),
        ("PENDING_USER_OVERLAY_CONTENT", "see http://docker.for.mac.localhost", False),
    ],
)
def test_a_name_of_docker_counts_in_an_address_that_pods_ask(run: Run, variable: str, value: str, found: bool) -> None:
    rules = {finding.rule for finding in run({"openwebui": {"extraEnv": {variable: value}}})}
    assert ("routes/local-address" in rules) == found
