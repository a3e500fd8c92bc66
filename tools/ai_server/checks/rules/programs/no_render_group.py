"""A node without its render group."""

from ai_server.checks.engine.findings import said
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "A node without the number of its render group",
    needs="chart",
    why="Only members of the node's render group may open the GPU. Without it llama.cpp finds no GPU, runs on the CPU,"
    " and the pod is Ready. The number differs among distributions; `stat -c %g /dev/dri/renderD128` prints it.",
    wrong="rocm:\n  nodes:\n    halo: {renderGroup: 0}",
    right="rocm:\n  nodes:\n    halo: {renderGroup: 991}",
)
check = said(__name__)
