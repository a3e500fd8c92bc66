"""connect: the settings of clients are those of the documentation, with what the release's values say."""

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from ai_server.cli import app
from ai_server.connect.clients import clients
from ai_server.connect.release import Address, Model
from ai_server.errors import UserError
from ai_server.paths import DOCS, PROFILES

CHAT, EMBEDDING = Model("gpt-oss-120b", "chat", 65536, None), Model("bge-m3", "embedding", 2048, None)
DOCUMENTED = [name for name, client in clients().items() if client.language != "text"]
HOMELAB = str(PROFILES / "homelab" / "values.yaml")
THOR = (
    "thor: {nodes: {thor: {comfyui: {enabled: false}, speech: {enabled: false}, "
    "vllm: {model: hf/q, servedNames: [q], maxModelLen: 131072, toolCallParser: ''}}}}\n"
)
CARD = "gpu: {models: {coder: {file: coder-14b.gguf, ctxSize: 16384}}, nodes: {pc: {}}}\n"
OTHERS = """
litellm:
  models:
    bge-m3: {model: hosted_vllm/bge-m3, apiBase: "http://pc.lan/v1", mode: embedding}
    ears: {model: hosted_vllm/ears, apiBase: "http://pc.lan/v1", mode: audio_transcription}
"""


def connect(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(app, ["connect", *arguments], input=stdin)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_the_documentation_shows_what_connect_prints(name: str) -> None:
    page = (DOCS / "connect.md").read_text()
    origin = "http://localhost:4000" if name == "curl" else "http://ai.home.lan:4000"
    command = (
        "kubectl --namespace ai-server get secret ai-server-keys -o jsonpath='{.data.LITELLM_MASTER_KEY}' | base64 -d"
    )
    client = clients()[name]
    text = client.settings(address=Address(origin), key=f"$({command})", model=CHAT, embedding=EMBEDDING)
    assert f"```{client.language}\n{text}```\n" in page


@pytest.mark.parametrize("page", sorted([*DOCS.glob("*.md"), DOCS.parent / "README.md"]), ids=lambda page: page.name)
def test_no_command_of_the_documentation_empties_a_file_of_a_client(page: Path) -> None:
    files = {client.file for client in clients().values() if client.file}
    redirects = re.findall(
        r"(?<!>)> ?(\S+)", "\n".join(re.findall(r"^.*ai-server .*$", page.read_text(), re.MULTILINE))
    )
    assert files.isdisjoint(redirects)


@pytest.mark.parametrize(
    ("name", "parse"),
    [("codex", tomllib.loads), ("opencode", json.loads), ("continue", yaml.safe_load), ("zed", json.loads)],
)
def test_what_is_printed_is_a_file_of_the_client(name: str, parse) -> None:
    done = connect(name, HOMELAB)
    assert done.exit_code == 0, done.output
    assert "gpt-oss-120b" in json.dumps(parse(done.stdout))


def test_without_an_embedding_model_that_part_is_left_out() -> None:
    done = connect("continue", "-", stdin=CARD)
    assert [model["roles"] for model in yaml.safe_load(done.stdout)["models"]] == [["chat", "edit", "apply"]]


@pytest.mark.parametrize(
    ("gateway", "url"),
    [
        ("ingress: {enabled: true, className: traefik, host: ai.home.lan}", "http://ai.home.lan/v1"),
        ("ingress: {enabled: true, className: traefik, host: ai.home.lan, tlsSecret: ai}", "https://ai.home.lan/v1"),
        ("service: {type: LoadBalancer, loadBalancerIP: 10.0.0.9}", "http://10.0.0.9:4000/v1"),
        ("service: {type: NodePort, nodePort: 30400}", "http://NODE:30400/v1"),
        ("numWorkers: 1", "http://localhost:4000/v1"),
    ],
)
def test_the_address_is_that_of_the_values(gateway: str, url: str) -> None:
    done = connect("curl", "-", "--output", "json", stdin=f"{CARD}litellm: {{{gateway}}}\n")
    assert json.loads(done.stdout)["url"] == url


def test_the_key_stays_in_its_secret() -> None:
    done = connect("codex", "-", stdin=CARD)
    assert 'env_key = "AI_SERVER_KEY"' in done.stdout
    assert "export AI_SERVER_KEY=$(kubectl --namespace ai-server get secret ai-server-keys" in done.stderr


@pytest.mark.parametrize("name", clients())
def test_an_address_and_a_model_need_no_values_file(name: str) -> None:
    done = connect(name, "--url", "http://localhost:4001/v1/", "--model", "qwen3")
    assert done.exit_code == 0, done.output
    assert "http://localhost:4001" in done.output
    assert ("qwen3" in done.stdout) is clients()[name].names_model
    assert ("kubectl" in done.output, "for sk-...: the key that ai-server try prints" in done.stderr) == (False, True)


def test_a_client_that_lists_all_models_needs_only_the_address() -> None:
    done = connect("open-webui", "--url", "http://localhost:4000")
    assert (done.exit_code, "URL   http://localhost:4000/v1" in done.stdout) == (0, True)


def test_an_unknown_context_is_a_number_to_change() -> None:
    done = connect("codex", "--url", "http://localhost:4000", "--model", "qwen3")
    assert "model_context_window = 32768" in done.stdout
    assert "the context of qwen3 is not known here; change 32768" in done.stderr


def test_an_agent_gets_a_model_that_can_call_tools_and_a_warning_of_a_small_slot() -> None:
    done = connect("codex", "-", stdin=CARD + THOR)
    assert 'model = "coder"' in done.stdout
    assert "coder reads at most 16,384 tokens at once, an agent needs 32,768" in done.stderr


@pytest.mark.parametrize(
    ("parser", "says"),
    [
        ("''", "q cannot call tools, which an agent needs; with vLLM, set toolCallParser: auto"),
        ("auto", "choose a model that can call tools; this cannot be checked here"),
    ],
)
def test_vllm_without_a_parser_cannot_call_tools(parser: str, says: str) -> None:
    done = connect("codex", "-", stdin=THOR.replace("''", parser))
    assert says in done.stderr


def test_the_parser_of_vllm_is_not_named_for_another_server() -> None:
    mac = "{model: ollama_chat/q, apiBase: 'http://mac.lan', modelInfo: {supports_function_calling: false}}"
    done = connect("codex", "-", stdin=f"litellm: {{models: {{q: {mac}}}}}\n")
    assert "q cannot call tools, which an agent needs\n" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["codx", HOMELAB], 'no client is called "codx"; did you mean codex?'),
        (["claude", HOMELAB], 'no client is called "claude"; did you mean claude-code?'),
        (["codex-cli", HOMELAB], 'no client is called "codex-cli"; did you mean codex?'),
        (["open", HOMELAB], 'no client is called "open"; did you mean opencode or open-webui?'),
        (["vim", HOMELAB], 'no client is called "vim"'),
        (["codex", HOMELAB, "--model", "nope"], "no model is called nope"),
        (["codex", "-", "--model", "bge-m3"], "bge-m3 is an embedding model; chat models: coder"),
        (["codex", "-", "--model", "ears"], "ears is an audio transcription model; chat models: coder"),
        (["codex", "--url", "http://localhost:4000"], "no model was named"),
        (["codex", "--url", "localhost:4000", "--model", "m"], "--url: not a URL"),
        (["codex", "-", "--url", "localhost:4000"], "--url: not a URL"),
        (["codex"], "no values file was given"),
    ],
)
def test_a_mistake_is_one_sentence(arguments: list[str], says: str) -> None:
    done = connect(*arguments, stdin=CARD + OTHERS)
    assert isinstance(done.exception, UserError)
    assert done.exception.message == says
