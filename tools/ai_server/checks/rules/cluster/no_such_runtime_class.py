"""A runtime class that is not there."""

from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.classes import missing

RULE = Rule(
    "A runtime class that the cluster does not have",
    needs="cluster",
    why="Thor's pods reach the GPU by pod.runtimeClassName: nvidia. k3s makes the class when it starts on a node that"
    " has the NVIDIA container toolkit; without the class no pod is created at all.",
    wrong="litellm:\n  pod: {runtimeClassName: gvisor}",
    right="thor:\n  pod: {runtimeClassName: nvidia}",
)
check = missing("RuntimeClass", "pod", "runtimeClassName")
