"""A node entry that names a node and a pool."""

from ai_server.checks.engine.findings import said
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "A node entry with a node and a selector",
    needs="chart",
    why="`node` is one machine, `selector` is a pool of equal ones: an entry is one or the other.",
    wrong="rocm:\n  nodes:\n    halo: {node: halo, selector: {pool: a}}",
    right="rocm:\n  nodes:\n    halo: {node: halo}",
)
check = said(__name__)
