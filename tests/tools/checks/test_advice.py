"""What a finding says to write is true: following it leads to a release that works."""

import pytest

from ai_server import checks
from ai_server.flags import flags_of
from ai_server.near import nearest
from tests.tools.checks.conftest import Run


def fix(found: list[checks.Finding]) -> str:
    [one] = found
    return one.fix


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ("rocm: {models: {m: {file: /data/ai-models/gguf/x.gguf}}}", "write gguf/x.gguf"),
        ("rocm: {models: {m: {file: gguf/x.gguf, mmproj: /data/ai-models/mmproj.gguf}}}", "write mmproj.gguf"),
        ("rocm: {modelsPath: /srv/m/, models: {m: {file: /srv/m/x.gguf}}}", "write x.gguf"),
        ("rocm: {nodes: {halo: {modelsPath: /srv, overrides: {chat: {file: /srv/x.gguf}}}}}", "write x.gguf"),
        ("thor: {nodes: {thor: {modelsPath: /srv, vllm: {model: /srv/hf/x}}}}", "write hf/x"),
        ("thor: {speech: {hubCache: /data/ai-models/hub}}", "write hub"),
    ],
)
def test_a_path_below_the_folder_of_models_is_told_without_it(run: Run, values: str, wanted: str) -> None:
    assert fix(run(values)) == wanted


@pytest.mark.parametrize(
    ("file", "wanted"),
    [
        ("/mnt/nfs/gguf/x.gguf", "copy it below /data/ai-models, and write gguf/x.gguf"),
        ("/home/me/x.gguf", "copy it below /data/ai-models, and write its path from there on"),
    ],
)
def test_of_a_path_elsewhere_only_what_is_sure_is_proposed(run: Run, file: str, wanted: str) -> None:
    assert fix(run(f"rocm: {{models: {{m: {{file: {file}}}}}}}")) == wanted


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ("global: {modelsPath: nfs://nas/models}", "mount it on each node, and write the folder there"),
        ("global: {modelsPath: srv/models}", "write /srv/models"),
        ("global: {modelsPath: '~/models'}", "write a path that begins with /"),
    ],
)
def test_no_name_is_made_of_a_path_or_a_line(run: Run, values: str, wanted: str) -> None:
    assert wanted in [each.fix for each in run(values)]


@pytest.mark.parametrize("name", ["file", "mmproj"])
@pytest.mark.parametrize("path", ["ggml-org/gpt-oss-120b-GGUF", "gguf/x", "data-ai-models-gguf-x-gguf"])
def test_a_file_of_llama_cpp_ends_in_gguf(run: Run, name: str, path: str) -> None:
    values = f"{{file: gguf/x.gguf, {name}: {path}}}" if name == "mmproj" else f"{{file: {path}}}"
    [found] = run(f"rocm: {{models: {{m: {values}}}}}")
    assert (found.rule, found.key) == ("programs/model-path", f"rocm.models.m.{name}")
    assert ("nothing is downloaded" in found.message) == ("/" in path)


@pytest.mark.parametrize("file", ["gguf/X.GGUF", f"ollama/blobs/sha256-{'0a' * 32}"])
def test_a_gguf_file_of_another_spelling_is_silent(run: Run, file: str) -> None:
    assert run(f"rocm: {{models: {{m: {{file: {file}}}}}}}") == []


def test_a_gguf_file_is_no_model_of_vllm(run: Run) -> None:
    [found] = run("thor: {vllm: {model: gguf/x.gguf}, nodes: {thor: {vllm: {model: hf/a}}}}")
    assert (found.rule, "rocm.models" in found.fix) == ("programs/model-path", True)


DOWNLOAD = "thor: {nodes: {thor: {vllm: {model: %s, extraEnv: {%s}}}}}"


@pytest.mark.parametrize(
    ("model", "env", "told"),
    [
        ("org/name", "HF_HUB_OFFLINE: '0'", True),
        ("org/name", "HF_TOKEN: {valueFrom: {secretKeyRef: {name: hub, key: token}}}", True),
        ("org/name", "HF_HOME: /tmp/hf", False),
        ("name", "HF_HUB_OFFLINE: '0'", False),
    ],
)
def test_a_name_in_a_hub_is_told_where_a_download_is_meant(run: Run, model: str, env: str, told: bool) -> None:
    assert [each.rule for each in run(DOWNLOAD % (model, env))] == ["programs/model-path"] * told


@pytest.mark.parametrize(
    ("name", "known", "meant"),
    [
        ("--disable-log-requests", ["--enable-log-requests", "--no-enable-log-requests"], "--no-enable-log-requests"),
        ("--no-mmapp", ["--mmap", "--no-mmap"], "--no-mmap"),
        ("--nommap", ["--mmap", "--no-mmap"], "--no-mmap"),
        ("--no-metrics", ["--metrics"], ""),
        ("--metrcs", ["--metrics", "--no-metrics"], "--metrics"),
        ("--node", ["--mode"], "--mode"),
        ("DISABLE_IMAGE_GENERATION", ["ENABLE_IMAGE_GENERATION"], ""),
        ("enable_checks", ["disable_checks"], ""),
        ("disabled", ["enabled"], ""),
        ("nodeSelectr", ["nodeSelector"], "nodeSelector"),
    ],
)
def test_the_opposite_is_never_what_was_meant(name: str, known: list[str], meant: str) -> None:
    assert nearest(name, known) == meant


@pytest.mark.parametrize(
    "values",
    [
        "thor: {vllm: {extraArgs: [--disable-log-requests]}}",
        "thor: {vllm: {extraArgs: [--disable_log_requests]}}",
        "thor: {nodes: {thor: {disabled: true}}}",
        "openwebui: {extraEnv: {DISABLE_IMAGE_GENERATION: 'true'}}",
        "litellm: {generalSettings: {enable_spend_logs: true}}",
    ],
)
def test_no_advice_turns_a_switch_round(run: Run, values: str) -> None:
    assert [each for each in run(values) if "enable" in each.fix.partition(" keys ")[0].replace(", enabled", "")] == []


def test_a_removed_flag_is_told_as_that(run: Run) -> None:
    [found] = run("thor: {vllm: {extraArgs: [--swap-space, '4']}}")
    assert ("which was removed" in found.message, found.fix) == (True, "take it out")


def test_no_removed_flag_is_one_that_the_program_takes() -> None:
    vllm = flags_of("vllm")
    assert vllm.removed("--enable-reasoning")
    assert [flag for flag in vllm.names if vllm.removed(flag)] == []


def test_a_build_that_the_flags_were_not_read_from_is_a_warning(run: Run) -> None:
    [found] = run("rocm: {build: 11000, extraArgs: [--thread-http, '8']}")
    data = flags_of("llama-server").version
    assert (found.rule, found.severity) == ("programs/unknown-flag", "warning")
    assert f"llama-server {data} (not the version of " in found.message
    assert "b11000) does not know" in found.message


def test_the_build_that_the_flags_were_read_from_is_an_error(run: Run) -> None:
    build = flags_of("llama-server").version.removeprefix("b")
    [found] = run(f"rocm: {{build: {build}, extraArgs: [--thread-http, '8']}}")
    assert (found.severity, "ends at --thread-http" in found.message) == ("error", True)
