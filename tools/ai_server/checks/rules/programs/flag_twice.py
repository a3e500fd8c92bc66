"""A flag of the chart's own, given again."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.programs import programs


@rule("programs/flag-twice")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each flag of extraArgs that stands before them as well, under any of its spellings."""
    for each in programs(view):
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
                yield Violation(keys, message, f"take it out, and {own_key}")
