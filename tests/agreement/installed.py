"""Where the real programs are: in the cache folder, where ci/flags puts them, and LiteLLM in its environment."""

import importlib
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

from ai_server.checks.facts.pins import pins
from ai_server.errors import UserError
from ai_server.local import environment
from ai_server.paths import CI


def _of_flags(name: str) -> Any:
    """A module of ci/flags, which are scripts that import each other by name."""
    with patch.object(sys, "path", [str(CI / "flags"), *sys.path]):
        return importlib.import_module(name)


NotInstalledError = _of_flags("wheel").NotInstalledError


def llama_server() -> Path:
    """The program of the chart's default build; NotInstalledError if it is not built."""
    return Path(_of_flags("llama_build").built(pins()["llama-server"].version))


def vllm_python() -> Path:
    """The Python that has the vLLM of the chart's default image; NotInstalledError if it is not installed."""
    return Path(_of_flags("vllm_parser").python(pins()["vllm"].version))


def litellm_python() -> Path:
    """A Python with the locked packages of LiteLLM, installed if they are missing; NotInstalledError if that fails."""
    try:
        return environment.python("litellm")
    except UserError as error:
        raise NotInstalledError(f"LiteLLM cannot be installed: {error}") from None
