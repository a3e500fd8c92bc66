"""A variable that the program does not read."""

from collections.abc import Iterator

from ai_server.checks.findings import Context, Found
from ai_server.checks.rules import Rule
from ai_server.checks.running import running
from ai_server.flags import flags_of

RULE = Rule(
    "A variable that the program does not read",
    why="A program passes over a variable that it does not know, and says nothing: a misspelt one, or one that a newer"
    " version dropped, such as LLAMA_ARG_NO_MMAP, silently does nothing. Judged are names with the program's own"
    " prefix, and near misses of its variables.",
    wrong="rocm:\n  extraEnv: {LLAMA_ARG_THREADS_HTPP: '8'}",
    right="rocm:\n  extraEnv: {LLAMA_ARG_THREADS_HTTP: '8'}",
)
PREFIXES = {
    "llama-server": ("LLAMA_ARG_",),
    "vllm": ("VLLM_",),
    "speaches": ("WHISPER__", "UVICORN_"),
    "litellm": (),
    "openwebui": (),
}
LEAST_LETTERS = 8
"""Shorter names are near to too many others."""


def check(context: Context) -> Iterator[Found]:
    """A finding for each such variable that the values give."""
    for each in running(context):
        if each.program not in PREFIXES:
            continue
        known = flags_of(each.program)
        for name in each.env:
            keys = each.env_key(name)
            if name in known.env or not context.given(*keys):
                continue
            context.count("variables")
            near = known.near_env(name) if len(name) >= LEAST_LETTERS else ""
            if keys[:1] != ("global",) and (near or name.startswith(PREFIXES[each.program])):
                hint = f"; did you mean {near}?" if near else ""
                message = f"{each.program} {known.version} does not read {name}{hint}"
                yield Found(keys, message, f"write {near}" if near else "take it out: it does nothing")
