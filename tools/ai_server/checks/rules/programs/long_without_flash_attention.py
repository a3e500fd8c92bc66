"""A long context without flash attention on ROCm."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Severity, Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.presets import presets_of
from ai_server.checks.subjects.programs import programs

MOST_TOKENS = 4096
OFF = ("off", "0", "false", "disabled")


@rule("programs/long-without-flash-attention")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each model of more tokens: a warning where they are the model's own number, which is not known."""
    for each in programs(view):
        if each.program != "llama-server" or each.value("backend") != "rocm":
            continue
        for preset in presets_of(each):
            off, keys = preset.read("flash-attn")
            tokens = preset.read("ctx-size")[0]
            if off not in OFF or not tokens.isdigit():
                continue
            view.count("models without flash attention")
            if 0 < int(tokens) <= MOST_TOKENS:
                continue
            severity: Severity = "error" if int(tokens) else "warning"
            many = f"{tokens} tokens" if int(tokens) else "the model's own context"
            message = f"flash attention is off with {many}: long prompts take many GiB more than loading did"
            yield Violation(keys, message, f"write flashAttn: true, or ctxSize: {MOST_TOKENS}", severity=severity)
