"""A long context without flash attention on ROCm."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule, Severity
from ai_server.checks.subjects.running import running

RULE = Rule(
    "A long context without flash attention on ROCm",
    why="Without flash attention llama.cpp's memory goes on growing after the model is loaded, and the ROCm builds give"
    " none of it back: a model of 1B parameters took 0.7 GiB more at 4096 tokens, 5.8 at 16384 and 35 at 65536, once a"
    " prompt filled the context (measured with b11434). On unified memory that hangs the machine.",
    wrong="rocm:\n  models:\n    chat: {flashAttn: false, ctxSize: 16384}",
    right="rocm:\n  models:\n    chat: {flashAttn: true, ctxSize: 16384}",
)
MOST_TOKENS = 4096
OFF = ("off", "0", "false", "disabled")


def check(context: Context) -> Iterator[Found]:
    """A finding for each model of more tokens: a warning where they are the model's own number, which is not known."""
    for each in running(context):
        if each.program != "llama-server" or each.value("backend") != "rocm":
            continue
        for preset in each.presets:
            off, keys = preset.read("flash-attn")
            tokens = preset.read("ctx-size")[0]
            if off not in OFF or not tokens.isdigit():
                continue
            context.count("models without flash attention")
            if 0 < int(tokens) <= MOST_TOKENS:
                continue
            severity: Severity = "error" if int(tokens) else "warning"
            many = f"{tokens} tokens" if int(tokens) else "the model's own context"
            message = f"flash attention is off with {many}: long prompts take many GiB more than loading did"
            yield Found(keys, message, f"write flashAttn: true, or ctxSize: {MOST_TOKENS}", severity=severity)
