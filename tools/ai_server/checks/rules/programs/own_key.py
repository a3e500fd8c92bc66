"""A flag in a model's flags that has a key of its own, or that is the server's."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.facts import flags_of
from ai_server.checks.subjects.presets import MODEL_KEYS
from ai_server.checks.subjects.running import presets

RULE = Rule(
    "A flag in flags that has a key of its own, or that is the server's",
    why="flags is for what has no key here, and wins over the keys: probes, Services, routes and other checks still"
    " read those. A port, a key or a folder of models belongs to the server, not to a model.",
    wrong="rocm:\n  models:\n    chat: {flags: {ctx-size: 4096}}",
    right="rocm:\n  models:\n    chat: {ctxSize: 4096}",
)
SERVERS = {
    "--host": "",
    "--port": "rocm.port",
    "--alias": "the model's name in rocm.models",
    "--api-key": "",
    "--api-key-file": "",
    "--api-prefix": "",
    "--models-dir": "",
    "--models-preset": "",
    "--models-max": "rocm.modelsMax",
    "--ssl-cert-file": "",
    "--ssl-key-file": "",
}
"""Flags of the server by their main spelling, and where each is set here; "" nowhere: the chart gives it."""


def check(context: Context) -> Iterator[Found]:
    """A finding for each such flag among the flags of a model, a node's server or everybody's."""
    known = flags_of("llama-server")
    own = {known.canonical(f"--{flag}"): key for flag, key in MODEL_KEYS.items()}
    for preset in presets(context):
        for name in sorted(preset.own & preset.flags.keys()):
            keys = preset.key(name)
            context.count("flags of models")
            flag = known.canonical(f"--{name}") or known.canonical(f"-{name}")
            if flag in own:
                message = f"{name} has a key of its own, which routes and checks read"
                yield Found(keys, message, f"write {own[flag]}", severity="warning")
            elif flag in SERVERS:
                fix = f"set {SERVERS[flag]}" if SERVERS[flag] else "take it out"
                yield Found(keys, f"{name} is the server's, not a model's", fix)
