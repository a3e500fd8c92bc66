"""A key that has to be there."""

from ai_server.checks.engine.findings import said
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "A key that has to be there and is not",
    needs="values",
    why="Kubernetes refuses a container without a name or a volume without one, and has no default for either.",
    wrong="global:\n  pod: {extraContainers: [{image: docker.io/library/busybox:1.37.0}]}",
    right="global:\n  pod: {extraVolumes: [{name: v, emptyDir: {}}]}",
)
check = said(__name__)
