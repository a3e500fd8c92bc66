"""Names below the user's own domains are private: no key and no https is required there."""

import pytest

from tests.tools.checks.conftest import Run

MODEL = "litellm:\n  models: {m: {model: hosted_vllm/x, apiBase: 'http://%s:8080/v1', apiKeySecret: {name: a}}}\n"
INGRESS = "openwebui: {ingress: {enabled: true, className: traefik, host: %s, tlsSecret: a}}\n"
ROUTE = "openwebui: {httpRoute: {enabled: true, parentRefs: [{name: a}], hostnames: ['%s']}}\n"


def clear(run: Run, values: str) -> bool:
    return "security/key-in-the-clear" in {finding.rule for finding in run(values)}


@pytest.mark.parametrize(
    ("host", "chat", "public"),
    [
        ("big.example.com", "chat.example.com", False),
        ("big.home.example.com", "chat.home.example.com", False),
        ("big.example.com", "chat.home.example.com", True),
        ("big.example.com", "chat.example.org", True),
        ("big.example.co.uk", "chat.example.co.uk", False),
        ("other.co.uk", "example.co.uk", True),
        ("other.duckdns.org", "mine.duckdns.org", True),
        ("big.mine.duckdns.org", "mine.duckdns.org", False),
        ("big.notexample.com", "chat.example.com", True),
        ("example.com", "example.com", False),
    ],
)
@pytest.mark.parametrize("exposed", [INGRESS, ROUTE])
def test_the_domain_of_the_page_is_private(run: Run, exposed: str, host: str, chat: str, public: bool) -> None:
    assert clear(run, MODEL % host + exposed % chat) == public


@pytest.mark.parametrize(
    ("domain", "public"), [("example.com", False), ("big.example.com", False), ("ample.com", True)]
)
def test_domains_can_be_named(run: Run, domain: str, public: bool) -> None:
    assert clear(run, MODEL % "big.example.com" + f"global: {{privateDomains: [{domain}]}}\n") == public


def test_a_vendor_stays_public(run: Run) -> None:
    model = "litellm: {models: {m: {model: openai/x, apiBase: 'https://api.openai.com/v1'}}}\n"
    found = run(model + "global: {privateDomains: [openai.com]}\n")
    assert [finding.rule for finding in found] == ["programs/model-without-key"]


def test_comfyui_at_a_domain_of_ones_own_is_private(run: Run) -> None:
    page = "images: {comfyuiUrl: 'http://draw.example.com:8188', model: a.safetensors}"
    ingress = "ingress: {enabled: true, className: traefik, host: chat.example.com, tlsSecret: a}"
    assert run(f"openwebui: {{{page}, {ingress}}}\n") == []
