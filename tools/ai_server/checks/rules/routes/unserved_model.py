"""A model that no node serves."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "A model of the catalogue that no node serves",
    severity="warning",
    why="A node with a list in `serve` serves those alone: a model in no list is in no API, and nothing says so.",
    wrong="rocm:\n  models:\n    more: {file: gguf/more.gguf}\n  nodes:\n    halo: {serve: [chat]}",
    right="rocm:\n  models:\n    more: {file: gguf/more.gguf}\n  nodes:\n    halo: {serve: [chat, more]}",
)


def check(context: Context) -> Iterator[Found]:
    """A warning for each enabled model that no enabled node serves."""
    models, nodes = context.get("rocm", "models") or {}, context.get("rocm", "nodes") or {}
    if not context.get("rocm", "enabled") or "routes/no-such-model" in context.refused:
        return
    served: set[str] = set()
    for node in nodes.values():
        if isinstance(node, dict) and node.get("enabled") is not False:
            off = {name for name, each in (node.get("overrides") or {}).items() if each.get("enabled") is False}
            served |= set(node.get("serve") or models) - off
    for name, model in models.items():
        context.count("models of the catalogue")
        if isinstance(model, dict) and model.get("enabled") is not False and name not in served and nodes:
            fix = "add it to a node's serve, or write enabled: false"
            yield Found(("rocm", "models", name), "no node serves this model", fix)
