"""Flags, their values and variables as the programs interpret them: errors, warnings, and settings that are fine."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest

from ai_server.checks.core.pages import FOLDER
from ai_server.checks.facts import flags_of
from ai_server.checks.rules.programs.models import BUILD_WITH_DRAFT_TYPES
from ai_server.checks.subjects.arguments import parse
from ai_server.checks.subjects.variables import Variables
from ai_server.paths import CHART
from ai_server.values.llamacpp import DraftType
from tests.at import at, flow
from tests.tools.checks.conftest import Run

PROGRAMS = "programs/"
OF_THE_DATA = int(flags_of("llama-server").version.removeprefix("b"))
"""The build from which the flags were read: for any other build, an unknown name is only a warning."""


def reported(run: Run, text: str | dict[str, Any]) -> list[tuple[str, str, str]]:
    return [
        (finding.rule.removeprefix(PROGRAMS), finding.key, finding.severity)
        for finding in run(text)
        if PROGRAMS in finding.rule
    ]


@pytest.mark.parametrize(
    ("program", "words", "seen"),
    [
        ("vllm", ["/m", "-tp", "1", "-O3", "-q=fp8"], [("", "/m"), ("-tp", "1"), ("-O", "3"), ("-q", "fp8")]),
        ("vllm", ["--seed", "-1", "--max-model-le=auto"], [("--seed", "-1"), ("--max-model-le", "auto")]),
        (
            "vllm",
            ["--served-model-name", "a", "b", "--headless", "c"],
            [("--served-model-name", "a b"), ("--headless", ""), ("", "c")],
        ),
        ("vllm", ["-cc.mode=3", "--eplb-config.x", "{}"], [("-cc.mode", "3"), ("--eplb-config.x", "{}")]),
        ("llama-server", ["--temp", "-.5", "-fa", "on", "x"], [("--temp", "-.5"), ("-fa", "on"), ("", "x")]),
        ("llama-server", ["--grammar", "root ::= a", "--metrics"], [("--grammar", "root ::= a"), ("--metrics", "")]),
        ("llama-server", ["--flash-attn", "--metrics"], [("--flash-attn", ""), ("--metrics", "")]),
        ("llama-server", ["--ctx-size 4"], [("", "--ctx-size 4")]),
        (
            "comfyui",
            ["--listen", "--fast", "autotune", "--cpu"],
            [("--listen", ""), ("--fast", "autotune"), ("--cpu", "")],
        ),
    ],
)
def test_a_command_line_is_read_as_its_program_reads_it(
    program: str, words: list[str], seen: list[tuple[str, str]]
) -> None:
    assert [(option.flag, " ".join(option.values)) for option in parse(flags_of(program), words)] == seen


@pytest.mark.parametrize(
    "text",
    [
        "thor: {vllm: {extraArgs: [-tp, '1', -q, fp8, -O3, --speculative-config.method, x, -cc.mode=3, --seed, '-1']}}",
        "thor: {vllm: {extraArgs: ['--limit-mm-per-prompt={\"image\": 2}', --max-log-len, None]}}",
        "thor: {vllm: {toolCallParser: mine, extraArgs: [--tool-parser-plugin, /data/ai-models/mine.py]}}",
        "rocm: {extraArgs: [--threads_http, '8', --temp, '-1', --chat-template-kwargs, '{\"a\": 1}']}",
        "rocm: {extraEnv: {LLAMA_ARG_N_PREDICT: '-1', LLAMA_ARG_KV_UNIFIED: 'off', LLAMA_ARG_NO_CONT_BATCHING: x}}",
        "rocm: {models: {e: {file: e.gguf, mode: embedding}}, server: {flags: {kvu: 'off', LLAMA_ARG_THREADS: 4}}}",
        "rocm: {build: 9000, extraEnv: {LLAMA_ARG_NO_MMAP: '1'}}",
        "litellm: {extraEnv: {LITELLM_OF_MINE: x}, generalSettings: {alerting_args: {key: os.environ/LITELLM_OF_MINE}}}",
        "litellm: {extraEnv: {LITELLM_MIGRATION_DIR: /tmp, NO_DOCS: 'True'}}",
    ],
)
def test_what_the_programs_accept_is_not_reported(run: Run, text: str) -> None:
    assert reported(run, text) == []


@pytest.mark.parametrize(
    ("text", "rule", "key"),
    [
        ("rocm: {server: {flags: {threads-http: many}}}", "flag-value", "rocm.server.flags.threads-http"),
        (at("rocm.build", OF_THE_DATA, "rocm.server.flags.numa", "sideways"), "flag-value", "rocm.server.flags.numa"),
        (at("rocm.build", OF_THE_DATA, "rocm.server.flags.kvu", "off"), "unknown-flag", "rocm.server.flags.kvu"),
        ("rocm: {extraEnv: {LLAMA_ARG_NO_MMAP: '1'}}", "load-mode-flag", "rocm.extraEnv.LLAMA_ARG_NO_MMAP"),
        ("rocm: {extraArgs: [--no-direct-io]}", "load-mode-flag", "rocm.extraArgs[0]"),
        ("rocm: {extraArgs: ['--threads-http 8']}", "flag-value", "rocm.extraArgs[0]"),
    ],
)
def test_one_mistake_is_reported_once(run: Run, text: str, rule: str, key: str) -> None:
    assert reported(run, text) == [(rule, key, "error")]


@pytest.mark.parametrize(
    "image",
    ["tag: v0.20.0", "repository: registry.lan/mine", f"tag: '', digest: 'sha256:{'0' * 64}'"],
)
def test_a_name_that_another_version_may_know_is_a_warning(run: Run, image: str) -> None:
    own = flow("toolCallParser: mine, extraArgs: [--nosuch], extraEnv: {VLLM_NOSUCH: x}")
    found = reported(run, at("thor.vllm", own, "thor.vllm.image", flow(image)))
    assert {(rule, severity) for rule, _, severity in found} == {
        ("flag-value", "warning"),
        ("unknown-flag", "warning"),
        ("unknown-env", "warning"),
    }


def test_a_switch_in_a_variable_is_an_error_only_if_the_program_exits(run: Run) -> None:
    found = reported(run, "rocm: {extraEnv: {LLAMA_ARG_KV_UNIFIED: 'yes', LLAMA_ARG_SWA_FULL: 'yes'}}")
    assert [severity for _, _, severity in found] == ["error", "warning"]


def test_of_a_number_with_a_unit_llama_server_reads_the_number(run: Run) -> None:
    assert reported(run, "rocm: {extraArgs: [--timeout, 32k]}") == [("flag-value", "rocm.extraArgs[0]", "warning")]


FROM_A_SECRET = "{valueFrom: {secretKeyRef: {name: threads, key: threads}}}"


@pytest.mark.parametrize(
    ("variables", "severities"),
    [
        ("extraEnv: {THREADS: '8'}", []),
        ("extraEnv: {THREADS: eight}", ["error"]),
        (f"extraEnv: {{THREADS: {FROM_A_SECRET}}}", []),
        ("envFrom: [{secretRef: {name: threads}}]", []),
        ("extraEnv: {OTHER: '8'}", ["error"]),
    ],
)
def test_a_variable_in_args_is_read_as_kubernetes_passes_it_on(run: Run, variables: str, severities: list[str]) -> None:
    found = reported(run, f"rocm: {{extraArgs: [--threads-http, $(THREADS)], {variables}}}")
    assert [severity for rule, _, severity in found if rule == "flag-value"] == severities


def test_two_dollars_are_no_reference() -> None:
    variables = Variables({"A": "1", "B": {"fieldRef": {}}})
    assert variables.expanded("$(A) $$(A) $(B) $(C)") == "1 $(A) $(B) $(C)"
    assert [variables.hides(text) for text in ("1", "$(B)", "$(C)")] == [False, True, False]


def test_flags_that_exclude_each_other_are_known() -> None:
    comfyui = flags_of("comfyui")
    assert len(comfyui.exclusive) == 10
    assert {flag for group in comfyui.exclusive for flag in group} <= comfyui.known.keys()


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        ("--highvram, --lowvram", "thor.comfyui.extraArgs[1]"),
        ("--lowvr, --fast, --cache-none, --novram", "thor.comfyui.extraArgs[3]"),
        ("--highvram, --highvram", ""),
        ("--highvram, --bf16-vae, --cache-none", ""),
    ],
)
def test_one_flag_of_a_group_is_accepted(run: Run, arguments: str, key: str) -> None:
    found = reported(run, f"thor: {{comfyui: {{extraArgs: [{arguments}]}}}}")
    assert [at for rule, at, _ in found if rule == "flags-exclude"] == ([key] if key else [])


def test_a_flag_against_one_of_the_chart_names_the_key_that_sets_it(run: Run) -> None:
    node = "{gpuAccess: privileged, comfyui: {enabled: true, extraArgs: [--fp32-vae]}}"
    [found] = run(f"rocm: {{nodes: {{halo: {node}}}}}")
    assert (found.rule, found.fix) == ("programs/flags-exclude", "remove it, or set bf16Vae: false")
    assert run(f"rocm: {{comfyui: {{bf16Vae: false}}, nodes: {{halo: {node}}}}}") == []


@pytest.mark.parametrize(
    ("flags", "rules"),
    [
        ({"spec-type": "ngram-mod"}, []),
        ({"spec-type": "draft-mtp,ngram-mod"}, []),
        ({"spec-type": "draft-mtp"}, ["own-key"]),
        ({"md": "/data/ai-models/small.gguf", "spec-type": "ngram-mod"}, ["own-key"]),
        ({"model-draft": "/data/ai-models/small.gguf"}, ["own-key", "unused-draft"]),
        ({"lora": "lora/sql.gguf"}, ["relative-path"]),
    ],
)
def test_drafts_and_adapters_have_keys_except_for_what_these_cannot_say(
    run: Run, flags: dict[str, str], rules: list[str]
) -> None:
    values = at("rocm.models.second.file", "gguf/second.gguf", "rocm.models.second.flags", flags)
    assert sorted(rule for rule, _, _ in reported(run, values)) == rules


def test_the_models_of_a_pod_of_its_own_are_checked(run: Run) -> None:
    values = at("rocm.models.second.file", "gguf/second.gguf", "rocm.models.second.flags", {"c": 4096})
    assert reported(run, at("rocm.pods", "separate", within=values)) == [
        ("own-key", "rocm.models.second.flags.c", "warning")
    ]


@pytest.mark.parametrize("draft_type", get_args(DraftType))
def test_each_type_with_a_draft_model_has_a_key(run: Run, draft_type: str) -> None:
    values = at("rocm.models.chat.flags", {"spec-type": draft_type})
    assert ("own-key", "rocm.models.chat.flags.spec-type", "warning") in reported(run, values)


@pytest.mark.parametrize(
    "file",
    [
        CHART / "templates/validation/_nodes.tpl",
        *(FOLDER / f"programs/{page}.md" for page in ("needs-build", "unused-draft")),
    ],
    ids=lambda file: file.stem,
)
def test_every_file_names_the_same_build_for_draft_types(file: Path) -> None:
    builds = re.findall(r"(?:\"draft\" |draft` needs b|draft-mtp came in b|Since b)(\d+)", file.read_text())
    assert {int(build) for build in builds} == {BUILD_WITH_DRAFT_TYPES}


@pytest.mark.parametrize(("build", "found"), [(9100, []), (9180, ["unused-draft"])])
def test_an_old_build_uses_a_draft_model_without_a_type(run: Run, build: int, found: list[str]) -> None:
    values = at("rocm.extraArgs", ["--model-draft", "/data/ai-models/small.gguf"], "rocm.build", build)
    assert [rule for rule, _, _ in reported(run, values)] == found


@pytest.mark.parametrize(
    ("model", "found"),
    [
        ("ctxSize: 8192, parallel: 8", ["too-small-a-slot"]),
        ("ctxSize: 16384, parallel: 8", []),
        ("ctxSize: 1024", []),
        ("ctxSize: 500", ["too-small-a-slot"]),
        ("ctxSize: 8192, parallel: 8, flags: {kv-unified: true}", []),
        ("ctxSize: 8192, parallel: 8, mode: embedding", []),
    ],
)
def test_several_slots_have_room_for_a_document_each(run: Run, model: str, found: list[str]) -> None:
    assert [rule for rule, _, _ in reported(run, at("rocm.models.chat", flow(model)))] == found
