"""A flag that gives away more than it seems to."""

from collections.abc import Iterator

from ai_server.checks.findings import Context, Found
from ai_server.checks.rules import Rule
from ai_server.checks.running import running

RULE = Rule(
    "A flag or variable that runs foreign code, opens files or shows what people ask",
    why="Some switches turn a server for models into a shell: tools of llama-server run commands, --trust-remote-code"
    " runs Python out of a model's folder, developer modes open endpoints without a key, debug logs hold every prompt.",
    wrong="rocm:\n  extraArgs: [--tools, all]",
    right="rocm:\n  extraArgs: [--threads-http, '8']",
)
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
    "vllm": {
        "VLLM_SERVER_DEV_MODE": "opens endpoints that reset and unload the server",
        "VLLM_ALLOW_INSECURE_SERIALIZATION": "runs code out of messages",
    },
    "openwebui": {"BYPASS_MODEL_ACCESS_CONTROL": "shows every model to every user"},
    "litellm": {"LITELLM_LOG": "writes every request with its prompt into the log"},
}
SETTINGS = {
    "set_verbose": "writes every request with its prompt into the log",
    "log_raw_request_response": "writes every request with its prompt into the log",
}
"""Of litellm_settings."""
ON = ("1", "true", "yes", "on", "debug")


def check(context: Context) -> Iterator[Found]:
    """A finding for each such flag and variable."""
    for each in running(context):
        for flag, _ in each.flags:
            why = FLAGS.get(each.program, {}).get(each.canonical(flag))
            if why:
                yield Found(each.argument_key(flag), f"{flag} {why}", "take it out, or waive it with the reason")
        for name, why in VARIABLES.get(each.program, {}).items():
            if str(each.env.get(name, "")).lower() in ON:
                yield Found(each.env_key(name), f"{name} {why}", "take it out, or waive it with the reason")
    for name, why in SETTINGS.items():
        if (context.get("litellm", "litellmSettings") or {}).get(name):
            keys = ("litellm", "litellmSettings", name)
            yield Found(keys, f"{name} {why}", "take it out, or waive it with the reason")
