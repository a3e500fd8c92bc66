"""Keys that people know from compose files, other charts and LiteLLM's configuration are named with ours, and written."""

import re
from pathlib import Path

import pytest

from ai_server.checks.engine import renamed_keys
from ai_server.reading.data import read_data
from tests.tools.checks.conftest import Run
from tests.tools.checks.test_fixes import fixed

WRITTEN = [
    ("litellm:\n  environment: {LITELLM_LOG: INFO}\n", "litellm:\n  extraEnv: {LITELLM_LOG: INFO}\n"),
    (
        "litellm:\n  env:\n    - name: LITELLM_LOG\n      value: INFO\n    - LITELLM_MODE=PRODUCTION\n",
        "litellm:\n  extraEnv:\n    LITELLM_LOG: INFO\n    LITELLM_MODE: PRODUCTION\n",
    ),
    (
        "openwebui:\n  extraEnv:\n    - WEBUI_NAME=Our page\n",
        "openwebui:\n  extraEnv:\n    WEBUI_NAME: Our page\n",
    ),
    (
        "openwebui:\n  extraEnv:\n    WEBUI_NAME:\n      value: '7'\n",
        'openwebui:\n  extraEnv:\n    WEBUI_NAME: "7"\n',
    ),
    (
        "openwebui:\n  extraEnv:\n    WEBUI_NAME:\n      configMapKeyRef: {name: page, key: name}\n",
        "openwebui:\n  extraEnv:\n    WEBUI_NAME:\n      valueFrom:\n        configMapKeyRef: {name: page, key: name}\n",
    ),
    (
        "global: {modelsVolume: {pvc: models}}",
        "global: {modelsVolume: {persistentVolumeClaim: {claimName: models}}}",
    ),
    (
        "litellm:\n  ingress:\n    enabled: true\n    hosts: [{host: a.lan, paths: [/]}, b.lan]\n",
        "litellm:\n  ingress:\n    enabled: true\n    host: a.lan\n    extraHosts:\n      b.lan: {}\n",
    ),
    ("openwebui: {port: 8080, restart: always, depends_on: [db]}", "openwebui: {port: 8080}"),
    (
        "litellm:\n  models:\n    x:\n      litellm_params: {model: openai/x, api_base: 'http://10.0.0.9/v1', rpm: 5}\n",
        "litellm:\n  models:\n    x:\n      apiBase: http://10.0.0.9/v1\n      model: openai/x\n      params:\n        rpm: 5\n",
    ),
    ("openwebui: {ingress: {host: a.lan, path: /, pathType: Prefix}}", "openwebui: {ingress: {host: a.lan}}"),
    ("openwebui: {ingress: {host: a.lan, tls: false}}", "openwebui: {ingress: {host: a.lan}}"),
    ("openwebui: {command: bash start.sh}", "openwebui: {command: [bash, start.sh]}"),
]


@pytest.mark.parametrize(("wrong", "right"), WRITTEN)
def test_a_key_of_another_program_is_written_as_ours(tmp_path: Path, wrong: str, right: str) -> None:
    assert fixed(tmp_path, wrong) == right


NAMED = {
    "openwebui: {restartPolicy: Never}": "perhaps remove it",
    "openwebui: {network_mode: host}": "perhaps remove it",
    "openwebui: {fullnameOverride: chat}": "perhaps remove it",
    "litellm: {ingress: {hosts: [{host: ai.lan, paths: [{path: /v1/embeddings}]}]}}": "litellm.publicPaths: [PATH] for",
    "openwebui: {ingress: {hosts: [{host: a.lan, paths: [/chat]}]}}": "the page gets all paths",
    "litellm: {ingress: {path: /v1/rerank}}": "perhaps use litellm.publicPaths: [/v1/rerank]",
    "openwebui: {ingress: {path: /chat}}": "perhaps remove it",
    "openwebui: {extraEnv: {WEBUI_NAME: {value: 010}}}": 'perhaps use WEBUI_NAME: "010"',
    "openwebui: {extraEnv: {WEBUI_NAME: {value: 1.10}}}": 'perhaps use WEBUI_NAME: "1.10"',
    "rocm: {nodes: {halo: {replicas: 2}}}": "select a pool of nodes with selector",
    "openwebui: {ports: ['3000:8080']}": "use port: PORT",
    "openwebui: {volumes: ['./data:/app/backend/data']}": "pod.extraVolumes",
    "ollama: {enabled: true}\nrocm: {port: 8081}\n": "add each model to rocm.models",
    "controllers: {main: {}}\nrocm: {port: 8081}\n": "use image, command, extraArgs",
    "litellm: {resources: {memory: 2Gi}}": "use requests: or limits:",
    "litellm: {config: {model_list: [], general_settings: {}}}": "generalSettings for general_settings without master_key",
    "litellm: {models: [{model_name: a, litellm_params: {model: openai/a, api_key: os.environ/A}}]}": "apiKeySecret",
    "rocm: {models: {chat: {flags: '-c 8192 -ngl 99'}}}": "perhaps use {ctx-size: 8192, gpu-layers: 99}",
    'rocm: {models: {chat: {flags: "temp = 0.6\\ntop-k = 20"}}}': "perhaps use {temp: 0.6, top-k: 20}",
    "rocm: {extraArgs: {threads: 8}}": 'perhaps use [--threads, "8"]',
    "rocm: {models: {chat: {loras: [{path: gguf/sql.gguf, scale: 0.5}]}}}": "perhaps use {sql: {file: gguf/sql.gguf",
}


@pytest.mark.parametrize("wrong", NAMED)
def test_what_has_no_single_counterpart_is_explained(run: Run, tmp_path: Path, wrong: str) -> None:
    findings = [finding for finding in run(wrong) if finding.severity == "error"]
    assert [NAMED[wrong] in finding.fix for finding in findings] == [True], findings
    assert fixed(tmp_path, wrong) == wrong


def test_no_message_has_the_placeholders_of_the_table() -> None:
    for row in read_data(renamed_keys.__file__, "renamed_keys.yaml"):
        shown = [row["why"], row.get("is", ""), *([row["new"]] if " " in row["new"] else [])]
        assert not re.search(r"\b(SECTION|COMPONENT|KIND|KEY)\b", " ".join(shown)), row


def test_a_secret_in_a_list_of_variables_is_in_no_change(run: Run) -> None:
    findings = run("litellm: {env: [{name: MY_API_KEY, value: sk-4f8a9b2c7d1e6f3a}]}")
    assert any(finding.rule == "security/secret-in-values" for finding in findings)
    assert [finding for finding in findings if "4f8a9b2c" in str(finding)] == []
