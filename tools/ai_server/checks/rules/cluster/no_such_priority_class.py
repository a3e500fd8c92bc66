"""A priority class that is not there."""

from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.classes import missing

RULE = Rule(
    "A priority class that the cluster does not have",
    needs="cluster",
    why="A pod that names a PriorityClass which is not there is refused by the API server.",
    wrong="global:\n  pod: {priorityClassName: urgent}",
    right="global:\n  pod: {priorityClassName: ai}",
)
check = missing("PriorityClass", "pod", "priorityClassName")
