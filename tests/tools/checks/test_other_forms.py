"""Values in the form of another program are reported with the value in the chart's form."""

from pathlib import Path

import pytest

from tests.tools.checks.conftest import Run
from tests.tools.checks.test_fixes import fixed

CERTAIN = [
    (
        "rocm: {pod: {tolerations: ['gpu=yes:NoSchedule']}}",
        'rocm: {pod: {tolerations: [{key: gpu, operator: Equal, value: "yes", effect: NoSchedule}]}}',
    ),
    (
        "rocm: {pod: {tolerations: 'a.io/gpu:NoExecute'}}",
        "rocm: {pod: {tolerations: [{key: a.io/gpu, operator: Exists, effect: NoExecute}]}}",
    ),
    (
        "rocm: {pod: {tolerations: {key: gpu, operator: Exists}}}",
        "rocm: {pod: {tolerations: [{key: gpu, operator: Exists}]}}",
    ),
    ("litellm: {pod: {nodeSelector: disk=ssd}}", "litellm: {pod: {nodeSelector: {disk: ssd}}}"),
    (
        "global: {modelsVolume: {persistentVolumeClaim: models}}",
        "global: {modelsVolume: {persistentVolumeClaim: {claimName: models}}}",
    ),
    (
        "global: {modelsVolume: {nfs: 'nas.lan:/models'}}",
        "global: {modelsVolume: {nfs: {server: nas.lan, path: /models}}}",
    ),
    (
        "global: {pod: {imagePullSecrets: [mine]}}",
        "global: {pod: {imagePullSecrets: [{name: mine}]}}",
    ),
    ("rocm: {metrics: 'yes'}", "rocm: {metrics: true}"),
    ("rocm: {server: {nGpuLayers: '99'}}", "rocm: {server: {nGpuLayers: 99}}"),
    ("rocm: {server: {ctxSize: 8192 tokens}}", "rocm: {server: {ctxSize: 8192}}"),
    ("gpu: {vllm: {gpuMemoryUtilization: '0,9'}}", "gpu: {vllm: {gpuMemoryUtilization: 0.9}}"),
]


@pytest.mark.parametrize(("wrong", "right"), CERTAIN)
def test_a_value_gets_the_form_of_the_chart(tmp_path: Path, wrong: str, right: str) -> None:
    assert fixed(tmp_path, wrong) == right


PROPOSED = {
    "rocm: {models: {embed: bge-m3}}": "perhaps use {file: gguf/bge-m3.gguf}",
    "openwebui: {command: 'cd /app && ./start.sh'}": 'perhaps use [sh, -c, "cd /app && ./start.sh"]',
    'openwebui: {command: "pip install x\\n./start.sh"}': "perhaps use [sh, -c, ",
    "openwebui: {entrypoint: 'echo $HOME > /tmp/a'}": 'perhaps use command: [sh, -c, "echo $HOME > /tmp/a"]',
    "openwebui: {extraArgs: '--port 1 # mine'}": "use a list, with each word",
    "rocm: {pod: {tolerations: [nvidia.com/gpu]}}": "perhaps use {key: nvidia.com/gpu, operator: Exists}",
    "rocm: {port: '8081:8080'}": "perhaps use 8080: it is the port of the program",
    "gpu: {vllm: {gpuMemoryUtilization: 90%, kvCacheMemory: ''}}": "perhaps use 0.9: it is a share of the memory",
    "rocm: {pod: {extraVolumes: ['/srv/a:/a:ro']}}": "use a volume, {name: data",
    "litellm: {extraVolumeMounts: ['./a:/a']}": "use a mount, {name: data",
}


@pytest.mark.parametrize("wrong", PROPOSED)
def test_what_is_not_certain_is_a_proposal(run: Run, tmp_path: Path, wrong: str) -> None:
    [finding] = [item for item in run(wrong) if item.rule.startswith("values/")]
    assert finding.fix.startswith(PROPOSED[wrong])
    assert fixed(tmp_path, wrong) == wrong


def test_a_list_in_block_style_becomes_a_map_in_block_style(tmp_path: Path) -> None:
    models = "  models:\n    - model_name: far\n      litellm_params:\n        model: openai/far\n        api_base: http://10.0.0.9/v1\n"
    after = "  models:\n    far: {apiBase: http://10.0.0.9/v1, model: openai/far}\n"
    assert fixed(tmp_path, f"litellm:\n{models}  metrics: true\n") == f"litellm:\n{after}  metrics: true\n"
