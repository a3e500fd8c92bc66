"""A name given twice."""

from collections import Counter
from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.reading.profiles import Keys


@rule("routes/served-twice")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each repeated name in serve, servedNames, sharedNames and fallbacks."""
    for keys in _lists(view):
        names = view.get(*keys) or []
        view.count("lists of names")
        for name, count in Counter(str(name) for name in names).items():
            if count > 1:
                last = len(names) - 1 - [str(each) for each in names][::-1].index(name)
                yield Violation(
                    (*keys, last), f"{name} is in the list twice", "take one out, or write the other's name"
                )


def _lists(view: RenderView) -> Iterator[Keys]:
    for name in view.get("rocm", "nodes") or {}:
        yield ("rocm", "nodes", name, "serve")
    for name in view.get("thor", "nodes") or {}:
        yield ("thor", "nodes", name, "vllm", "servedNames")
    yield ("thor", "vllm", "servedNames")
    yield ("litellm", "routing", "sharedNames")
    for name in view.get("litellm", "routing", "fallbacks") or {}:
        yield ("litellm", "routing", "fallbacks", name)
