"""What the programs take: the data, the reader of --help, and that mocks and checks read the same."""

import re
import sys
import tomllib
from pathlib import Path

import pytest

from ai_server import flags
from ai_server.flags import flags_of
from ai_server.paths import CI

PROGRAMS = ("llama-server", "vllm", "comfyui", "speaches", "litellm", "openwebui")
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
"""


@pytest.fixture(scope="module")
def from_help():
    sys.path.insert(0, str(CI / "flags"))
    import from_help

    yield from_help
    sys.path.remove(str(CI / "flags"))


def test_help_is_read_flag_by_flag(from_help) -> None:
    flags = from_help.parsed(HELP)
    assert flags["--ctx-size"] == {"value": "one", "aliases": ["-c"], "env": "LLAMA_ARG_CTX_SIZE"}
    assert flags["--cache-type-k"]["choices"] == ["f32", "f16", "bf16", "q8_0"]
    assert flags["--control-vector-layer-range"]["value"] == "many"
    assert flags["--context-shift"]["aliases"] == ["--no-context-shift"]


def test_a_removed_flag_is_none(from_help) -> None:
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
