"""A memory limit that a program passes as soon as it starts."""

from collections.abc import Iterator
from decimal import Decimal

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.running import Running, running
from ai_server.kube.nodes import SUFFIXES, human, quantity

RULE = Rule(
    "A memory limit that a program passes as soon as it starts",
    severity="warning",
    why="Measured: LiteLLM takes some 330 MB after its start, up to 470 MB under load, and 380 MB more for each further"
    " worker; Open WebUI takes 810 MB at once. Beyond its limit the kernel ends a program, again and again.",
    wrong="litellm:\n  resources: {limits: {memory: 256Mi}, requests: {memory: 256Mi}}",
    right="litellm:\n  resources: {limits: {memory: 1Gi}, requests: {memory: 512Mi}}",
)
LEAST_MI = {"litellm": 480, "openwebui": 830}
WORKER_MI = 380


def check(context: Context) -> Iterator[Found]:
    """A warning for each limit below what was measured."""
    for each in running(context):
        limit = ((each.container.get("resources") or {}).get("limits") or {}).get("memory")
        if each.program not in LEAST_MI or limit is None:
            continue
        try:
            most = quantity(limit)
        except ValueError:
            continue  # the rule kubernetes/quantity says so
        context.count("memory limits")
        if most < (needed := _needed(each)):
            keys = each.key("resources", "limits", "memory")
            workers = each.key("numWorkers")
            message = f"{each.program} takes some {human('memory', needed)}, and the limit is {limit}"
            yield Found(workers if context.given(*workers) else keys, message, "raise resources.limits.memory")


def _needed(each: Running) -> Decimal:
    more = int(each.value("numWorkers") or 1) - 1 if each.program == "litellm" else 0
    return Decimal(LEAST_MI[each.program] + more * WORKER_MI) * SUFFIXES["Mi"]
