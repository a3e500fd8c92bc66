"""A flag with a value that it does not take."""

from collections.abc import Iterator
from difflib import get_close_matches

from ai_server.checks.findings import Context, Found
from ai_server.checks.rules import Rule
from ai_server.checks.running import presets, running
from ai_server.flags import flags_of
from ai_server.profiles import Keys

RULE = Rule(
    "A flag with a value that it does not take, or without the value that it needs",
    why="The programs end at once at a value that is none of a flag's choices.",
    wrong="thor:\n  vllm: {kvCacheDtype: fp9}",
    right="thor:\n  vllm: {kvCacheDtype: fp8}",
)
SETTINGS = {
    "--kv-cache-dtype": "kvCacheDtype",
    "--dtype": "dtype",
    "--tool-call-parser": "toolCallParser",
    "--reasoning-parser": "reasoningParser",
}
"""The value that the chart makes a flag of vLLM from."""


def check(context: Context) -> Iterator[Found]:
    """A finding for each flag whose choices are known and whose value is none of them."""
    for each in running(context):
        if each.program not in ("llama-server", "vllm", "comfyui"):
            continue
        for flag, value in each.flags:
            written = SETTINGS.get(flag, "") if each.program == "vllm" else ""
            keys = each.key(written) if written else each.argument_key(flag)
            yield from _judge(context, each.program, keys, flag, value)
    for preset in presets(context):
        for name, value in preset.flags.items():
            if preset.running.router or preset.key(name)[-1] == name:
                yield from _judge(context, "llama-server", preset.key(name), f"--{name}", value)


def _judge(context: Context, program: str, keys: Keys, flag: str, value: str) -> Iterator[Found]:
    known = flags_of(program)
    if not known.knows(flag):
        return
    name = known.canonical(flag) or flag
    choices = known.choices.get(name, ())
    if choices:
        context.count("values of flags")
    if known.values.get(name) == "one" and value in ("", "true") and "true" not in choices and value == "":
        yield Found(keys, f"{flag} of {program} needs a value", "write it after the flag")
    elif choices and value and value not in choices:
        near = get_close_matches(value, choices, n=1)
        yield Found(
            keys,
            f'{flag} of {program} takes one of {", ".join(choices)}, not "{value}"',
            f"write {near[0]}" if near else "",
        )
