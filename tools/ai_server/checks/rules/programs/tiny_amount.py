"""An amount of memory of a few bytes."""

from collections.abc import Iterator

from ai_server.checks.engine.keypaths import leaves
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import ValuesView
from ai_server.kube.nodes import SUFFIXES, quantity

KUBERNETES = ("memory", "ephemeral-storage", "sizeLimit")
TEXTS = ("kvCacheMemory", "shmSize", "size")
"""The chart's own, which take a text: of a number there the schema says what to write."""
LEAST = SUFFIXES["Mi"]


@rule("programs/tiny-amount")
def check(view: ValuesView) -> Iterator[Violation]:
    """A finding for each amount of memory or disk below 1 MiB; nothing at all is allowed."""
    for keys, value in leaves(view.values.values):
        last = keys[-1] if keys else ""
        if (last in KUBERNETES and isinstance(value, str | int | float)) or (last in TEXTS and isinstance(value, str)):
            try:
                amount = quantity(value)
            except ValueError:
                continue  # other rules say so
            view.count("amounts of memory")
            if 0 < amount < LEAST:
                number = str(value).rstrip("mkKi")
                yield Violation(keys, f"{value} is {amount.normalize():f} bytes", f"write {number}Gi or {number}Mi")
