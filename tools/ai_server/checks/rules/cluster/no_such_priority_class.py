"""A priority class that is not there."""

from ai_server.checks.engine.registry import rule
from ai_server.checks.subjects.classes import missing

rule("cluster/no-such-priority-class")(missing("PriorityClass", "pod", "priorityClassName"))
