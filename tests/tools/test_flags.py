"""The flags of the programs: the data, the parser of --help, and that mocks and checks use the same data."""

import importlib
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from ai_server.checks import facts as flags
from ai_server.checks.facts import flags_of
from ai_server.checks.facts.pins import carries, pins, version_of
from ai_server.lab.containers import engine
from ai_server.lab.containers.images import images, recipe_of
from ai_server.paths import CI, cache

PROGRAMS = ("llama-server", "vllm", "comfyui", "speaches", "litellm", "openwebui")
LABORATORY = {"b11669": {"--moe-cache-mib", "--spec-draft-n-ubatch"}}
"""Builds from Debian's testing suite, with the flags that only they or only the chart's default build accept."""
HELP = """
----- common params -----

-h,    --help, --usage                  print usage and exit
-c,    --ctx-size N                     size of the prompt context (default: 0, 0 = loaded from model)
                                        (env: LLAMA_ARG_CTX_SIZE)
-fa,   --flash-attn [on|off|auto]       set Flash Attention use
                                        (env: LLAMA_ARG_FLASH_ATTN)
--mlock                                 DEPRECATED: the argument has been removed. use --load-mode mlock
-ctk,  --cache-type-k TYPE              KV cache data type for K
                                        allowed values: f32, f16, bf16, q8_0
                                        (default: f16)
--context-shift, --no-context-shift     whether to use context shift
                                        (env: LLAMA_ARG_CONTEXT_SHIFT)
--control-vector-layer-range START END
                                        layer range to apply the control vector(s) to
-ngl,  --gpu-layers, --n-gpu-layers N   max. number of layers to store in VRAM, either an exact number,
                                        'auto', or 'all' (default: auto)
-dt,   --defrag-thold N                 KV cache defragmentation threshold (DEPRECATED)
--chat-template-kwargs STRING           sets additional params for the json template parser, must be a valid
                                        json object string, e.g. '{"key1":"value1","key2":"value2"}'
"""


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Imports a module of ci/flags."""
    monkeypatch.syspath_prepend(str(CI / "flags"))
    return importlib.import_module


@pytest.fixture
def from_help(reader: Any) -> Any:
    return reader("from_help")


def test_help_is_read_flag_by_flag(from_help) -> None:
    flags = from_help.parsed(HELP)
    assert flags["--ctx-size"] == {
        "value": "one",
        "form": "number",
        "aliases": ["-c"],
        "env": "LLAMA_ARG_CTX_SIZE",
    }
    assert flags["--cache-type-k"]["choices"] == ["f32", "f16", "bf16", "q8_0"]
    assert flags["--control-vector-layer-range"]["value"] == "many"
    assert flags["--context-shift"]["aliases"] == ["--no-context-shift"]


def test_a_number_is_recognised_by_its_hint_with_the_words_next_to_it(from_help) -> None:
    flags = from_help.parsed(HELP)
    assert (flags["--gpu-layers"]["form"], flags["--gpu-layers"]["words"]) == ("number", ["auto", "all"])
    assert flags["--chat-template-kwargs"]["form"] == "json"
    assert "form" not in flags["--defrag-thold"]


def test_a_removed_flag_is_unknown(from_help) -> None:
    assert "--mlock" not in from_help.parsed(HELP)


def test_what_on_and_off_stand_for_is_known(from_help) -> None:
    assert {"on", "off", "auto", "true", "0"} <= set(from_help.parsed(HELP)["--flash-attn"]["choices"])


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_programs_data_say_version_source_and_date(program: str) -> None:
    data = tomllib.loads((Path(str(flags.__file__)).with_name(f"{program}.toml")).read_text())
    assert re.search(r"[0-9]", data["version"])
    assert re.search(r"read 2026-[0-9]{2}-[0-9]{2}$", data["source"])


@pytest.mark.parametrize(
    ("program", "flag", "main"),
    [
        ("llama-server", "-c", "--ctx-size"),
        ("llama-server", "--ctx-size", "--ctx-size"),
        ("llama-server", "--ctx-siz", ""),
        ("vllm", "--max_model_len=8192", "--max-model-len"),
        ("vllm", "--tensor-par", "--tensor-parallel-size"),
        ("vllm", "--enable-", ""),
        ("vllm", "--max-model-le", "--max-model-len"),
        ("litellm", "--num_workers", "--num_workers"),
        ("litellm", "--num-workers", ""),
    ],
)
def test_a_flag_has_one_main_spelling(program: str, flag: str, main: str) -> None:
    assert flags_of(program).canonical(flag) == main


@pytest.mark.parametrize(
    ("program", "name", "near"),
    [
        ("openwebui", "WEBUI_NMAE", "WEBUI_NAME"),
        ("llama-server", "LLAMA_ARG_CTX_SIZ", "LLAMA_ARG_CTX_SIZE"),
        ("litellm", "MY_OWN_VARIABLE", ""),
    ],
)
def test_the_nearest_variable_is_found(program: str, name: str, near: str) -> None:
    assert flags_of(program).near_env(name) == near


def test_every_setting_of_litellms_documentation_is_known() -> None:
    settings = flags_of("litellm").settings
    assert {"set_verbose", "drop_params", "cache", "request_timeout", "callbacks"} <= settings["litellm_settings"]
    assert {"num_retries", "fallbacks", "enable_pre_call_checks"} <= settings["router_settings"]
    assert {"master_key", "database_url", "max_parallel_requests"} <= settings["general_settings"]


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_flags_are_of_the_version_that_the_chart_pins(program: str) -> None:
    assert flags_of(program).version == pins()[program].version


@pytest.mark.parametrize(
    ("program", "tag", "version"),
    [
        ("vllm", "v0.30.0", "0.30.0"),
        ("speaches", "0.8.3-cpu", "0.8.3"),
        ("litellm", "main-v1.108.14-stable", "1.108.14"),
        ("llama-server", "server-rocm-b11434", "b11434"),
        ("llama-server", "server-rocm", ""),
        ("vllm", "latest", ""),
    ],
)
def test_a_version_is_read_from_a_tag(program: str, tag: str, version: str) -> None:
    assert version_of(program, tag) == version


def test_a_copy_of_the_default_image_is_it_and_another_version_is_not() -> None:
    version = pins()["vllm"].version
    assert carries("vllm", f"registry.lan:5000/copies/vllm/vllm-openai:v{version}@sha256:{'0' * 64}", version)
    assert not carries("vllm", "docker.io/vllm/vllm-openai:v0.1.0", version)
    assert not carries("vllm", f"docker.io/mine/vllm:v{version}", version)
    assert not carries("vllm", f"docker.io/vllm/vllm-openai@sha256:{'0' * 64}", version)


def size(value: str) -> int:
    return int(value.removesuffix("k"))


@pytest.mark.parametrize(
    ("reads", "form"),
    [
        (str, {}),
        (int, {"form": "integer"}),
        (float, {"form": "number"}),
        (json.loads, {"form": "json"}),
        (size, {"form": "size"}),
        (lambda value: value == "auto" or int(value), {"form": "integer", "words": ["auto"]}),
    ],
)
def test_the_form_of_a_value_is_found_by_samples(reader, reads: Any, form: dict[str, Any]) -> None:
    assert reader("forms").form_of(reads) == form


def test_vllms_dump_keeps_short_spellings_choices_and_forms(reader) -> None:
    import argparse

    parser = argparse.ArgumentParser()
    actions = [
        parser.add_argument("--tensor-parallel-size", "-tp", type=int),
        parser.add_argument("--runner", choices=["pooling", "generate"]),
        parser.add_argument("--headless", action="store_true"),
    ]
    about = reader("vllm_dump").about
    assert [about(parser, action, action.option_strings[0]) for action in actions] == [
        {"value": "one", "form": "integer", "aliases": ["-tp"]},
        {"value": "one", "choices": ["generate", "pooling"]},
        {"value": "none"},
    ]
    assert reader("vllm_parser").dumped('INFO one\nFLAGS{"--a": {}}\n') == {"--a": {}}


def test_the_data_of_vllm_have_names_that_only_its_start_looks_at() -> None:
    parsers = flags_of("vllm").known["--tool-call-parser"]
    assert "hermes" in parsers.choices
    assert (parsers.late, parsers.plugin) == (True, "--tool-parser-plugin")
    assert flags_of("vllm").known["--max-num-seqs"].form == "integer"


SOURCE = """
DISABLE_ENV = "MY_DISABLE"
def read(name: str) -> bool: return bool(os.getenv(name))
os.getenv(DISABLE_ENV); os.environ["MY_PATH"]; read("OWN_SWITCH"); getattr(litellm, "checks", False)
"""


def test_a_variable_is_found_behind_a_constant_and_the_programs_own_anywhere(reader) -> None:
    import ast

    wheel, tree = reader("wheel"), ast.parse(SOURCE)
    assert wheel.variables([tree], ("OWN_",)) == {"MY_DISABLE", "MY_PATH", "OWN_SWITCH"}
    assert wheel.variables([tree]) == {"MY_DISABLE", "MY_PATH"}
    assert wheel.attributes_asked_of([tree], "litellm") == {"checks"}


def test_what_litellm_reads_through_helpers_and_its_other_half_is_known() -> None:
    known = flags_of("litellm")
    assert "enable_post_custom_auth_checks" in known.settings["litellm_settings"]
    assert {"LITELLM_DISABLE_NO_REDIS_WARNING", "LITELLM_MIGRATION_DIR", "NO_DOCS"} <= known.env
    assert known.reads("LITELLM_PGBOUNCER_POOL_MODE")


VARIABLES = """
A = os.getenv("SHOW", os.getenv("OLD_SHOW", "True")).lower() == "true"; B = int(os.getenv("COUNT", "3"))
C = int(os.getenv("MOST")) if os.getenv("MOST") else None; D = os.getenv("LEVEL", "").upper(); e = os.getenv("PARAMS", "")
try:
    F = json.loads(e); G = int(os.getenv("GUARDED", "1"))
except ValueError: pass
"""


def test_the_form_of_a_variable_is_what_the_code_makes_of_it(reader, tmp_path: Path) -> None:
    for module in ("env.py", "config.py"):
        (tmp_path / module).write_text(VARIABLES)
    forms = {form: names for form, names in reader("webui_values").forms(tmp_path).items() if form != "anyCase"}
    assert forms == {"switch": ["OLD_SHOW", "SHOW"], "integer": ["COUNT", "MOST"], "number": [], "json": ["PARAMS"]}


def read_again(program: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(CI / "flags" / "read.py"), program, "--check"]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **env})


@pytest.mark.slow("reads all of the programs' wheels", "ci/flags", "tools/ai_server/flags")
@pytest.mark.parametrize("program", ["litellm", "openwebui"])
def test_the_data_are_what_the_wheels_say(program: str) -> None:
    cache().mkdir(parents=True, exist_ok=True)
    with FileLock(cache() / "flags.lock"):  # two processes would download the same wheel into one folder
        run = read_again(program)
    assert (run.returncode, run.stderr.rpartition("...\n")[2]) == (0, "")


@pytest.mark.slow("asks the programs themselves", "ci/flags", "tools/ai_server/flags")
@pytest.mark.parametrize("program", ["llama-server", "vllm"])
def test_the_data_are_what_an_installed_program_says(program: str) -> None:
    run = read_again(program)
    if run.returncode == 2:
        pytest.skip(run.stderr.strip())
    assert (run.returncode, run.stderr) == (0, "")


def test_the_laboratorys_llama_server_takes_other_flags_only_where_it_is_written(from_help) -> None:
    image = images()["llama-server"].reference
    if not (engine.runs() and recipe_of(image)):
        pytest.skip(f"{image} is made with the first cluster of kind")
    lab = from_help.said_by("docker", "run", "--rm", image)
    if lab["version"] not in LABORATORY:
        pytest.skip(f"nobody compared {lab['version']}")
    assert set(lab["flags"]) ^ set(flags_of("llama-server").known) == LABORATORY[lab["version"]]


def test_a_llama_server_that_is_not_built_is_not_the_same(
    tmp_path: Path, reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = reader("llama_build")
    monkeypatch.setattr(build, "cache", lambda: tmp_path)
    monkeypatch.delenv("AI_SERVER_LLAMA", raising=False)
    with pytest.raises(build.NotInstalledError, match="llama-server-b1 is not built: AI_SERVER_LLAMA=1 builds it"):
        build.built("b1")


def test_vllm_that_is_not_there_is_not_the_same(tmp_path: Path, reader, monkeypatch: pytest.MonkeyPatch) -> None:
    parser = reader("vllm_parser")
    monkeypatch.setattr(parser, "environment", lambda _: tmp_path)
    monkeypatch.delenv("AI_SERVER_VLLM", raising=False)
    with pytest.raises(parser.NotInstalledError, match="AI_SERVER_VLLM=1"):
        parser.vllm_flags("0.30.0")


def test_an_unreadable_file_exits_with_2(reader, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    import typer

    read = reader("read")

    def fail() -> None:
        raise read.NotInstalledError("not there")

    monkeypatch.setitem(read.READERS, "vllm", fail)
    with pytest.raises(typer.Exit) as ended:
        read.main("vllm", check=True)
    assert ended.value.exit_code == 2
    assert "cannot read the flags of vllm: not there" in capsys.readouterr().err
