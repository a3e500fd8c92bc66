"""A flag with a value that it does not take."""

from collections.abc import Iterator
from difflib import get_close_matches

from ai_server.checks.findings import Context, Found
from ai_server.checks.rules import Rule
from ai_server.checks.running import presets, running
from ai_server.flags import flags_of

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
SWITCH = ("", "true", "false", "on", "off", "1", "0", "enabled", "disabled")
"""What llama-server's models.ini takes for a flag without a value."""


def check(context: Context) -> Iterator[Found]:
    """A finding for each flag whose choices are known and whose value is none of them."""
    for each in running(context):
        if each.program not in ("llama-server", "vllm", "comfyui"):
            continue
        for flag, value in each.flags:
            if wrong := _judge(context, each.program, flag, value):
                written = SETTINGS.get(flag, "") if each.program == "vllm" else ""
                yield Found(each.key(written) if written else each.argument_key(flag), *wrong)
    for preset in presets(context):
        for name, value in preset.flags.items():
            wrong = _judge(context, "llama-server", f"--{name}", value)
            if wrong and (preset.running.router or preset.key(name)[-1] == name):
                yield Found(preset.key(name), *wrong)


def _judge(context: Context, program: str, flag: str, value: str) -> tuple[str, str] | None:
    """What is wrong with a flag's value, and what to write."""
    known = flags_of(program)
    name = known.canonical(flag)
    choices = known.choices.get(name, ())
    if choices:
        context.count("values of flags")
    if known.values.get(name) == "one" and value == "":
        return f"{flag} of {program} needs a value", "write it after the flag"
    if known.values.get(name) == "none" and program == "llama-server" and value not in SWITCH:
        return f'{flag} of {program} is a switch, not "{value}"', "write true or false"
    if choices and value and value not in choices:
        near = get_close_matches(value, choices, n=1)
        message = f'{flag} of {program} takes one of {", ".join(choices)}, not "{value}"'
        return message, f"write {near[0]}" if near else ""
    return None
