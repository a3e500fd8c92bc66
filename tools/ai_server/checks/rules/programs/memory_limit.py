"""A memory limit that a program passes as soon as it starts."""

from collections.abc import Iterator
from decimal import Decimal

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.kube.nodes import SUFFIXES, human, quantity

LEAST_MI = {"litellm": 480, "openwebui": 830}
WORKER_MI = 380


@rule("programs/memory-limit")
def check(view: RenderView) -> Iterator[Violation]:
    """A warning for each limit below what was measured."""
    for each in programs(view):
        limit = ((each.container.get("resources") or {}).get("limits") or {}).get("memory")
        if each.program not in LEAST_MI or limit is None:
            continue
        try:
            most = quantity(limit)
        except ValueError:
            continue  # the rule kubernetes/quantity says so
        view.count("memory limits")
        if most < (needed := _needed(each)):
            keys = each.key("resources", "limits", "memory")
            workers = each.key("numWorkers")
            message = f"{each.program} takes some {human('memory', needed)}, and the limit is {limit}"
            yield Violation(workers if view.given(*workers) else keys, message, "raise resources.limits.memory")


def _needed(each: ProgramContainer) -> Decimal:
    more = int(each.value("numWorkers") or 1) - 1 if each.program == "litellm" else 0
    return Decimal(LEAST_MI[each.program] + more * WORKER_MI) * SUFFIXES["Mi"]
