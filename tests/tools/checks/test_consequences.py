"""What follows from a mistake waits until that is fixed."""

import pytest

from tests.tools.checks.conftest import Run

OAUTH = "OPENID_PROVIDER_URL: 'https://auth.lan/.well-known/openid-configuration', OAUTH_CLIENT_ID: a, OAUTH_CLIENT_SECRET: $(B)"
MISTAKES = [
    (
        "rocm: {server: {ctxSize: 65536, flashAttn: false, cacheTypeV: q8_0}}",
        ("programs/quantised-v-cache", "set flashAttn: true, or cacheTypeV: f16"),
    ),
    (
        f"openwebui: {{url: 'http://chat.lan'}}\nopenwebui: {{extraEnv: {{{OAUTH}, ENABLE_OAUTH_SIGNUP: 'true'}}}}",
        ("values/duplicate-key", "merge the two into one"),
    ),
    (
        "litellm: {database: {existingSecret: 'postgresql://litellm:hunter2xyz@db.lan:5432/litellm'}}",
        ("security/secret-in-values", "put it in a Secret, and use the name of that Secret here"),
    ),
    (
        "openwebui: {extraEnv: {OPENAI_API_BASE_URL: 'http://localhost:11434/v1'}}",
        ("programs/internal-variable", "set gatewayUrl instead"),
    ),
]


@pytest.mark.parametrize(("text", "wanted"), MISTAKES)
def test_a_mistake_is_one_finding(run: Run, text: str, wanted: tuple[str, str]) -> None:
    found = run(text, cluster=None, also="not-checked")
    assert [(finding.rule, finding.fix) for finding in found if finding.rule != "cluster/not-given"] == [wanted]
