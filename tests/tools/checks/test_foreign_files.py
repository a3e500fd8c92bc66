"""Files that are not values of the chart are reported as what they are, once, with the place of their content here."""

from pathlib import Path

import pytest

from ai_server import checks
from ai_server.checks import facts
from ai_server.checks.engine.apply import fix_all
from ai_server.checks.engine.chart_schema import places
from tests.tools.checks.conftest import HERE, Run

FOREIGN = {
    "a compose file": (
        "services:\n  webui:\n    image: ghcr.io/open-webui/open-webui\n",
        1,
        "compose file",
        "openwebui",
    ),
    "an image to build": ("name: ai\nservices:\n  webui: {build: .}\n", 2, "compose file", "image.repository"),
    "llama-swap": ("models:\n  qwen:\n    cmd: llama-server -m q.gguf\n", 1, "llama-swap", "rocm.models"),
    "a Modelfile": ('# mine\nFROM ./q.gguf\nPARAMETER num_ctx 4096\nSYSTEM """x: y"""\n', 2, "Modelfile", "ctxSize"),
    "a Dockerfile": ("FROM debian:13\nRUN apt update && echo a: b\n", 1, "Dockerfile", "image.tag"),
    "variables": ("# mine\nPORT=8080\n\nexport NAME='a b'\n", 2, "environment variables", "extraEnv"),
    "models.ini": ("; mine\n[qwen]\nmodel = /models/q.gguf\n", 2, "INI", "rocm.models"),
    "a unit": ("[Unit]\nDescription=AI\n[Service]\nExecStart=llama-server\n", 1, "unit of systemd", "extraArgs"),
    "a web page": ('<!DOCTYPE html>\n<html lang="en">\n', 1, "web page", "Raw"),
    "a command": ("docker run -d -p 3000:8080 open-webui\n", 1, "command", "extraEnv"),
    "a patch": ("diff --git a/my.yaml b/my.yaml\n--- a/my.yaml\n", 1, "patch", "git apply"),
    "a vault": ("$ANSIBLE_VAULT;1.1;AES256\n6162\n", 1, "Ansible Vault", "ansible-vault view"),
    "a chart of its own": ("image: {repository: nginx}\nreplicaCount: 1\n", 1, "another chart", "rocm"),
    "the Ollama chart": ("ollama:\n  models: {pull: [llama3]}\n", 1, "Ollama chart", "rocm.models"),
    "the production stack": ("servingEngineSpec: {modelSpec: []}\n", 1, "production stack", "vllm"),
    "a HelmRelease": (
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n",
        2,
        "HelmRelease",
        "only the values",
    ),
    "a HelmChart": ("apiVersion: helm.cattle.io/v1\nkind: HelmChart\n", 2, "valuesContent", "only the values"),
    "a level": (
        "values:\n  rocm: {port: 8081}\n",
        1,
        "below values, as in a HelmRelease of Flux",
        "move what is below values",
    ),
    "an umbrella": (
        "ai-server:\n  rocm: {port: 8081}\n",
        1,
        "below ai-server, as in the values of a chart",
        "perhaps move",
    ),
    "a list": ("- rocm\n", 1, "contains a list", "keys"),
    "a web page's spaces": (
        "rocm:\n\u00a0\u00a0port: 1\n\u00a0\u00a0build: 2\n",
        2,
        "and in 1 more line",
        "use spaces",
    ),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_file_is_named_once(run: Run, name: str) -> None:
    text, line, what, where = FOREIGN[name]
    [finding] = run(text)
    assert (finding.line, what in finding.message, where in finding.fix) == (line, True, True), finding


def fixed(folder: Path, text: str) -> tuple[str, list[str]]:
    """A file after all certain fixes, and the keys that still have findings."""
    file = folder / "my.yaml"
    file.write_text(text)
    files = [HERE / "base.yaml", file]
    result = fix_all(files, lambda texts: checks.run(files, texts=texts).findings)
    return result.texts[file], [finding.key for finding in result.left if finding.severity != "not-checked"]


MOVED = {
    "a page": (
        "openaiBaseApiUrls: []\ningress: {enabled: true, class: nginx, host: chat.lan}\nnodeSelector: {}\n",
        "openwebui:\n  ingress: {enabled: true, className: nginx, host: chat.lan}\n",
    ),
    "a page with pods of its own": (
        "pipelines: {enabled: false}\npodLabels: {team: ai}\n",
        "openwebui:\n  pod:\n    labels: {team: ai}\n  mode: standalone\n",
    ),
    "a list of variables": (
        "ollama: {enabled: false}\ntika: {enabled: false}\nextraEnvVars: [{name: WEBUI_NAME, value: b}]\n",
        "openwebui: {extraEnv: {WEBUI_NAME: b}}\n",
    ),
    "LiteLLM's chart": (
        "masterkeySecretName: ''\nproxy_config: {litellm_settings: {drop_params: true}}\n",
        "litellm:\n  litellmSettings: {drop_params: true}\n",
    ),
    "LiteLLM's own file": (
        "litellm_settings:\n  drop_params: true # mine\ngeneral_settings: {master_key: os.environ/KEY}\n",
        "litellm:\n  litellmSettings:\n    drop_params: true # mine\n",
    ),
    "Flux": ("values:\n  rocm:\n    port: 8081 # mine\n", "rocm:\n  port: 8081 # mine\n"),
    "tabs": ("rocm:\n\tserver:\n\t\tctxSize: 65536\n", "rocm:\n  server:\n    ctxSize: 65536\n"),
    "no-break spaces": ("rocm:\n\u00a0\u00a0port:\u00a08081\n", "rocm:\n  port: 8081\n"),
    "no space": ("rocm: {port:8081}\n", "rocm: {port: 8081}\n"),
    "no colon in braces": ("rocm: {backend rocm}\n", "rocm: {backend: rocm}\n"),
    "flags without spaces": (
        "rocm: {models: {chat: {file: a.gguf, flags: {temp:0.6}}}}\n",
        "rocm: {models: {chat: {file: a.gguf, flags: {temp: 0.6}}}}\n",
    ),
    "commas of JSON": ("rocm:\n  port: 8081,\n  backend: vulkan;\n", "rocm:\n  port: 8081\n  backend: vulkan\n"),
    "a variable": ("litellm:\n  extraEnv:\n    MINE=b\n", "litellm:\n  extraEnv:\n    {MINE: b}\n"),
    "an equals sign": ("rocm:\n  port=8081\n", "rocm:\n  {port: 8081}\n"),
    "quotes of a word processor": ("openwebui: {url: “http://chat.lan”}\n", "openwebui: {url: http://chat.lan}\n"),
    "a number in them": ("rocm: {port: “8081”}\n", "rocm: {port: 8081}\n"),
    "a space at the end": ("rocm: {gpuResource: amd.com/gpu\u00a0}\n", "rocm: {gpuResource: amd.com/gpu}\n"),
}


@pytest.mark.parametrize("name", MOVED)
def test_check_writes_the_same_settings_in_our_form(tmp_path: Path, name: str) -> None:
    before, after = MOVED[name]
    assert fixed(tmp_path, before) == (after, [])


def test_what_has_no_equal_here_stays_and_is_named(tmp_path: Path) -> None:
    text = "pipelines: {enabled: true}\nreplicaCount: 1\ndatabaseUrl: postgres://a\n"
    after, keys = fixed(tmp_path, text)
    assert after == text.replace("replicaCount: 1\n", "") + "openwebui:\n  replicas: 1\n  mode: standalone\n"
    assert sorted(keys) == ["", "databaseUrl", "pipelines"]


@pytest.mark.parametrize("secret", ["masterkey: sk-hunter2", "masterkey: ''\ndb: {password: hunter2}"])
def test_a_secret_in_values_of_another_chart_is_reported(run: Run, secret: str) -> None:
    found = run(f"{secret}\nproxy_config: {{litellm_settings: {{drop_params: true}}}}\n")
    assert "security/secret-in-values" in [finding.rule for finding in found]
    assert [str(finding) for finding in found if "hunter2" in str(finding)] == []


def test_no_change_contains_a_secret(run: Run) -> None:
    found = run(
        "pipelines: {enabled: true}\nextraEnvVars: [{name: OPENAI_API_KEY, value: sk-proj-Zk3bQ9xT7mLw2RvY8n}]\n"
    )
    [moved] = [finding for finding in found if finding.key == "extraEnvVars"]
    assert (moved.changes, "sk-proj" in str(found)) == ((), False)


TABLES = facts.table("other_values")


@pytest.mark.parametrize("name", TABLES)
def test_every_new_name_is_a_key_of_the_chart(name: str) -> None:
    rows = TABLES[name]["keys"].values()
    for row in rows:
        keys = row.get("new", "").removesuffix(".*").split(".")
        parts = places().locations.get(keys[-1], []) if keys != [""] else [()]
        free = keys[-2:-1] == ["extraEnv"]
        assert free or keys == ["extraObjects"] or tuple(keys) in parts or parts == [()], row
        assert "why" in row or "file" in row or row.get("moves"), row


def test_every_sign_is_a_key_of_its_table() -> None:
    for table in TABLES.values():
        parts = {part for key in table["keys"] for part in (key, key.partition(".")[0])}
        assert set(table["signs"]) <= parts


ODD = {
    "a dash of a word processor": ("rocm: {extraArgs: [—threads-http, '8']}", "em dash (U+2014)", "--threads-http"),
    "dashes as bullets": ("rocm:\n  extraArgs:\n    \u2013 --x\n", "en dash (U+2013)", "a dash and a space"),
    "a space that has no width": (
        "rocm: {image: {tag: server-rocm\u200b-b11434}}",
        "zero width space",
        "server-rocm-b",
    ),
    "an opening quote": ("openwebui: {url: “http://chat.lan}", "left double quotation mark", "straight quotes"),
    "a Windows path": ('global: {modelsPath: "D:\\temp"}', "\\t in double quotes", "use / between folders"),
    "items without spaces": ("rocm: {nodes: {halo: {serve: -chat}}}", "must be a list", "a dash and a space"),
    "a glued key": ("rocm: {image: {tag:b1}}", "a colon needs a space", "use tag: b1"),
    "a glued key of another section": ("rocm:\n  ctxSize:65536\n", "a colon needs a space", "use ctxSize: 65536"),
    "a key without a colon": ("rocm:\n  port 8080\n", "needs a colon and a space", "use port: 8080"),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_characters_that_yaml_accepts_are_reported_once(run: Run, name: str) -> None:
    text, what, fix = ODD[name]
    [finding] = run(text)
    assert (what in finding.message, fix in finding.fix) == (True, True), finding


def test_an_image_as_text_is_not_a_key(run: Run) -> None:
    for image in ("litellm:v1", "ghcr.io/berriai/litellm:v1", "litellm main"):
        [finding] = run(f"rocm: {{image: {image}}}")
        assert finding.message.startswith("must be a map of keys"), image


@pytest.mark.parametrize(
    "text",
    [
        "openwebui: {admin: {name: “Max”}}",
        "openwebui: {extraEnv: {WEBUI_NAME: Chez\u00a0nous \u2013 l\u2019IA}}",
        "# « \u00a0 »\nrocm: {}",
    ],
)
def test_typography_in_texts_for_people_is_fine(run: Run, text: str) -> None:
    assert run(text) == []
