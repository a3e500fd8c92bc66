"""The models in Open WebUI's variables: what fits, and the key that the chart has for it."""

import pytest

from tests.tools.checks.conftest import Run

EMBED = "rocm: {models: {embed: {file: gguf/embed.gguf, mode: embedding}}}"


@pytest.mark.parametrize(
    ("variable", "name", "fix"),
    [
        ("RAG_EMBEDDING_MODEL", "BAAI/bge-m3", "use embed; its key is openwebui.documents.embeddingModel"),
        ("RAG_EMBEDDING_MODEL", "chat", "use embed; its key is openwebui.documents.embeddingModel"),
        ("TASK_MODEL_EXTERNAL", "embed", "use one of: chat, small; its key is openwebui.taskModel"),
        ("DEFAULT_MODELS", "embed", "use one of: chat, small"),
        ("DEFAULT_MODELS", "chatt", "use chat"),
        ("DEFAULT_MODELS", "chat", None),
    ],
)
def test_only_models_of_the_right_kind_are_proposed(run: Run, variable: str, name: str, fix: str | None) -> None:
    found = run(EMBED, f"openwebui: {{extraEnv: {{{variable}: {name}}}}}")
    reported = [finding.fix for finding in found if finding.rule in ("routes/nobody-serves", "routes/wrong-kind")]
    assert reported == ([fix] if fix else [])


def test_an_address_without_a_scheme_gets_one(run: Run) -> None:
    [found] = run("openwebui: {extraEnv: {WEBUI_URL: chat.lan}}")
    assert found.fix == "remove it, and set openwebui.url: https://chat.lan"
    assert run("openwebui: {url: 'https://chat.lan'}") == []
