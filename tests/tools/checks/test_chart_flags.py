"""A flag in extraArgs that the chart sets as well: the fix names the flag with its value, and the key to set."""

import pytest

from ai_server.checks.core.views import RenderView
from ai_server.checks.facts import flags_of, table
from ai_server.checks.subjects.presets import keys_of_flags
from ai_server.checks.subjects.programs import programs
from ai_server.helm.render import render_unvalidated
from ai_server.reading.profiles import Values
from tests.at import flow
from tests.tools.checks.conftest import Run

VLLM = (
    "enabled: true, model: hf/a, maxModelLen: 8192, enforceEager: true, toolCallParser: hermes, reasoningParser: qwen3"
)
LLAMA = (
    "models: {a: {file: a.gguf}, b: {file: b.gguf}}, nodes: {many: {modelsMax: 2}, one: {serve: [a], router: false}}"
)
ALL_SET = flow(
    f"litellm: {{numWorkers: 2}}, rocm: {{metrics: true, {LLAMA}}}, thor: {{nodes: {{thor: {{vllm: {{{VLLM}, "
    "servedNames: [c], kvCacheMemory: 16Gi}, comfyui: {disableMmap: true, bf16Vae: true}}}}"
)
"""Each program with every setting that makes the chart set a flag."""

FIXES = [
    ("rocm: {extraArgs: [--port, '9000']}", "remove --port 9000, and set port: 9000"),
    ("rocm: {extraArgs: [--host, 0.0.0.0]}", "remove --host 0.0.0.0: the chart sets it"),
    ("rocm: {extraArgs: [-ngl, '40']}", "remove -ngl 40, and set server.nGpuLayers: 40"),
    ("rocm: {models: {chat: {ctxSize: 4096}}, extraArgs: [-c, '8192']}", "and set models.chat.ctxSize: 8192"),
    ("rocm: {extraArgs: ['--cache-type-k q8_0']}", "remove --cache-type-k q8_0, and set server.cacheTypeK: q8_0"),
    ("rocm: {extraArgs: [-m, /data/a.gguf]}", "remove -m /data/a.gguf, and set models.chat.file instead"),
    ("rocm: {extraArgs: [--metrics]}", "remove --metrics: the chart sets it from metrics"),
    ("thor: {vllm: {extraArgs: [--max-num-seqs=4]}}", "remove --max-num-seqs=4, and set maxNumSeqs: 4"),
    ("thor: {vllm: {extraArgs: [--no-enable-prefix-caching]}}", "and set enablePrefixCaching: false"),
    ("thor: {vllm: {extraArgs: [--served-model-name, a, b]}}", "and set thor.nodes.thor.vllm.servedNames: [a, b]"),
    ("thor: {vllm: {extraArgs: [--kv-cache-dtype, q8_0]}}", "and set kvCacheDtype: fp8"),
    (
        "thor: {vllm: {extraArgs: [--gpu-memory-utilization, '0.8']}}",
        'and set gpuMemoryUtilization: 0.8 and kvCacheMemory: ""',
    ),
    ("thor: {comfyui: {extraArgs: [--listen, 0.0.0.0]}}", "remove --listen 0.0.0.0: the chart sets it"),
    ("litellm: {extraArgs: [--num_workers, '2']}", "remove --num_workers 2, and set numWorkers: 2"),
]


@pytest.mark.parametrize(("text", "fix"), FIXES)
def test_the_fix_names_the_flag_and_its_key(run: Run, text: str, fix: str) -> None:
    assert any(fix in finding.fix for finding in run(text))


def test_the_fix_removes_both_items_and_sets_the_key(run: Run) -> None:
    (finding,) = run("rocm: {extraArgs: [--port, '9000']}")
    assert [(change.op, change.keys[-1], change.value) for change in finding.changes] == [
        ("remove", 1, None),
        ("remove", 0, None),
        ("set", "port", 9000),
    ]


@pytest.mark.parametrize("program", table("chart_flags"))
def test_the_table_names_flags_by_their_main_spelling(program: str) -> None:
    flags = flags_of(program)
    assert {flag: flags.canonical(flag) for flag in table("chart_flags")[program]} == {
        flag: flag for flag in table("chart_flags")[program]
    }


@pytest.mark.parametrize("program", table("chart_flags"))
def test_the_table_has_the_flags_that_the_chart_sets(program: str) -> None:
    manifests = render_unvalidated(ALL_SET).manifests
    assert manifests is not None
    view = RenderView(Values([], ALL_SET), manifests=manifests)
    of_models = keys_of_flags().keys() if program == "llama-server" else set()
    rendered = {flag for server in programs(view, program) for flag in server.by_chart}
    assert rendered - of_models == set(table("chart_flags")[program])
