"""The components that have nodes, and the entries of these nodes in the values."""

from ai_server.checks.core.views import ValuesView
from ai_server.reading.profiles import Keys

KINDS = ("rocm", "thor", "gpu")
"""The components whose entries are nodes: kinds of hardware."""


def entries(view: ValuesView) -> list[Keys]:
    """The entries of all nodes, enabled or not: (rocm, nodes, halo)."""
    return [(kind, "nodes", name) for kind in KINDS for name in view.get(kind, "nodes")]


def owners(view: ValuesView) -> list[Keys]:
    """The components and entries that may have settings of nodes."""
    return [*((kind,) for kind in KINDS), *entries(view)]


def accelerator(view: ValuesView, entry: Keys) -> str:
    """What llama.cpp computes on at a node, as nodes.accelerator of the chart."""
    keys = [(*owner, key) for owner in (entry, entry[:1]) for key in ("accelerator", "backend")]
    return next((str(value) for value in (view.get(*key) for key in keys) if value), "")
