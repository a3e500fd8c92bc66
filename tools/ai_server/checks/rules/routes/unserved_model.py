"""A model that no node serves."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView


@rule("routes/unserved-model")
def check(view: RenderView) -> Iterator[Violation]:
    """A warning for each enabled model that no enabled node serves."""
    models, nodes = view.get("rocm", "models") or {}, view.get("rocm", "nodes") or {}
    if not view.get("rocm", "enabled") or "routes/no-such-model" in view.refused:
        return
    served: set[str] = set()
    for node in nodes.values():
        if isinstance(node, dict) and node.get("enabled") is not False:
            off = {name for name, each in (node.get("overrides") or {}).items() if each.get("enabled") is False}
            served |= set(node.get("serve") or models) - off
    for name, model in models.items():
        view.count("models of the catalogue")
        if isinstance(model, dict) and model.get("enabled") is not False and name not in served and nodes:
            fix = "add it to a node's serve, or write enabled: false"
            yield Violation(("rocm", "models", name), "no node serves this model", fix)
