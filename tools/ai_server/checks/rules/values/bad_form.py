"""A text of another form."""

from ai_server.checks.engine.findings import said
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "A text that is not of the form it needs",
    needs="values",
    why="Paths, names, sizes and digests have a form. A size in GB is not one of Kubernetes' units; a name becomes part"
    " of the names of objects.",
    wrong="thor:\n  vllm: {kvCacheMemory: 24GB}",
    right="thor:\n  vllm: {kvCacheMemory: 24Gi}",
)
check = said(__name__)
