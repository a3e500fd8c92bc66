"""A flag that gives away more than it seems to."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.presets import presets_of
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.reading.profiles import Keys

FLAGS = {
    "llama-server": {
        "--tools": "lets a model run commands and read files of the container",
        "--agent": "lets a model run commands and read files of the container",
        "--webui-mcp-proxy": "lets a page reach every server that the pod can reach",
        "--ui-mcp-proxy": "lets a page reach every server that the pod can reach",
        "--media-path": "lets requests read files below that folder",
    },
    "vllm": {
        "--trust-remote-code": "runs Python code out of the model's folder",
        "--allowed-local-media-path": "lets requests read files below that folder",
        "--enable-log-requests": "writes every prompt into the log",
    },
    "litellm": {"--detailed_debug": "writes every request with its prompt into the log"},
}
VARIABLES = {
    "llama-server": {
        "LLAMA_ARG_TOOLS": FLAGS["llama-server"]["--tools"],
        "LLAMA_ARG_AGENT": FLAGS["llama-server"]["--agent"],
    },
    "vllm": {
        "VLLM_SERVER_DEV_MODE": "opens endpoints that reset and unload the server",
        "VLLM_ALLOW_INSECURE_SERIALIZATION": "runs code out of messages",
    },
    "litellm": {"LITELLM_LOG": "writes every request with its prompt into the log"},
}
SETTINGS = {
    "set_verbose": "writes every request with its prompt into the log",
    "log_raw_request_response": "writes every request with its prompt into the log",
}
"""Of litellm_settings."""
OFF = ("", "0", "false", "no", "off", "none", "error", "warning", "info")


FIX = "take it out, or waive it with the reason"


@rule("security/dangerous-flag")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each such flag and variable."""
    for each in programs(view):
        for keys, flag in _flags(each):
            why = FLAGS.get(each.program, {}).get(each.canonical(flag))
            if why and not flag.startswith("--no-"):
                yield Violation(keys, f"{flag} {why}", FIX)
        for name, why in VARIABLES.get(each.program, {}).items():
            if str(each.env.get(name, "")).lower() not in OFF:
                yield Violation(each.env_key(name), f"{name} {why}", FIX)
    for name, why in SETTINGS.items():
        if (view.get("litellm", "litellmSettings") or {}).get(name):
            yield Violation(("litellm", "litellmSettings", name), f"{name} {why}", FIX)


def _flags(each: ProgramContainer) -> Iterator[tuple[Keys, str]]:
    """The flags of the command line, and those of models, each where it was written."""
    yield from ((each.argument_key(flag), flag) for flag, _ in each.flags)
    for preset in presets_of(each) if each.router else []:
        yield from ((preset.key(name), f"--{name}") for name in preset.flags)
