"""Values that the templates cannot take."""

from ai_server.checks.engine.findings import said
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "Values that the chart does not render",
    needs="chart",
    why="Helm itself failed, for a reason that no other rule knows: its own message says where. A chart's Kubernetes"
    " version that is too old is one of them.",
    wrong='global:\n  pod: {extraVolumes: [{name: v, emptyDir: {}, sizeLimit: "x"}]}',
    right="global:\n  pod: {extraVolumes: [{name: v, emptyDir: {}}]}",
)
check = said(__name__)
