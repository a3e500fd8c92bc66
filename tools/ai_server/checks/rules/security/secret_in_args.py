"""A secret on a command line."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.running import running

RULE = Rule(
    "A key on a program's command line",
    why="Arguments stand in the Deployment, in `kubectl describe` and in the list of processes. The chart gives each"
    " program the release's key as a variable from its Secret.",
    wrong="thor:\n  vllm: {extraArgs: [--api-key, abc]}",
    right="thor:\n  vllm: {extraArgs: []}",
)
FLAGS = ("--api-key", "--hf-token", "--master-key", "--password", "--token", "--ssl-key-file-password")


def check(context: Context) -> Iterator[Found]:
    """A finding for each such flag."""
    for each in running(context):
        for flag, _ in each.flags:
            context.count("flags against secrets")
            if each.canonical(flag) in FLAGS:
                fix = "take it out: the release's key is in its Secret (docs/secrets.md)"
                yield Found(each.argument_key(flag), f"{flag} shows its key to everybody who may list pods", fix)
