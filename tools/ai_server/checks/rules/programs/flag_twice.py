"""A flag of the chart's own, given again."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.running import running

RULE = Rule(
    "A flag in extraArgs that the chart gives already",
    why="Ports, names, contexts and caches have keys of their own, which probes, Services and routes read as well. The"
    " same flag in extraArgs wins in the program alone: the rest of the release would still believe the key.",
    wrong="thor:\n  vllm: {extraArgs: [--port, '9000']}",
    right="thor:\n  vllm: {port: 9000}",
)


def check(context: Context) -> Iterator[Found]:
    """A finding for each flag of extraArgs that stands before them as well, under any of its spellings."""
    for each in running(context):
        if each.program == "openwebui" or each.program == "speaches":
            continue
        own = {argument.name for argument in each.parsed if argument.name and not each.extra_key(argument)}
        for argument in each.parsed:
            keys = each.extra_key(argument)
            if keys and argument.name in own:
                message = f"the chart gives {argument.name} already, from a key of its own"
                own_key = "set the key instead"
                if argument.name == "--device" and argument.values:
                    own_key = (
                        f"write flags: {{device: {argument.values[0]}}} in the model, or gpuCount for more of them"
                    )
                yield Found(keys, message, f"take it out, and {own_key}")
