"""An amount of memory of a few bytes."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found, leaves
from ai_server.checks.engine.registry import Rule
from ai_server.kube.nodes import SUFFIXES, quantity

RULE = Rule(
    "An amount of memory of a few bytes",
    needs="values",
    why="A number without a unit is bytes, and m is a thousandth: 16 of memory is 16 bytes, 512m half of one."
    " Kubernetes takes both: the pod is killed as soon as it starts, or the scheduler believes that it needs nothing.",
    wrong='thor:\n  vllm: {kvCacheMemory: "16"}',
    right="thor:\n  vllm: {kvCacheMemory: 16Gi}",
)
KUBERNETES = ("memory", "ephemeral-storage", "sizeLimit")
TEXTS = ("kvCacheMemory", "shmSize", "size")
"""The chart's own, which take a text: of a number there the schema says what to write."""
LEAST = SUFFIXES["Mi"]


def check(context: Context) -> Iterator[Found]:
    """A finding for each amount of memory or disk below 1 MiB; nothing at all is allowed."""
    for keys, value in leaves(context.values.values):
        last = keys[-1] if keys else ""
        if (last in KUBERNETES and isinstance(value, str | int | float)) or (last in TEXTS and isinstance(value, str)):
            try:
                amount = quantity(value)
            except ValueError:
                continue  # other rules say so
            context.count("amounts of memory")
            if 0 < amount < LEAST:
                number = str(value).rstrip("mkKi")
                yield Found(keys, f"{value} is {amount.normalize():f} bytes", f"write {number}Gi or {number}Mi")
