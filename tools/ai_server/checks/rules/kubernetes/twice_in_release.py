"""Two objects of one kind and name."""

from collections.abc import Iterator

from ai_server.checks.engine.keypaths import dotted, origin
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.kube.manifests import Object, identity


@rule("kubernetes/twice-in-release")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each object whose name another of its kind has already."""
    first: dict[tuple[str, str, str], Object] = {}
    for item in view.manifests:
        view.count("names of objects")
        group = item["apiVersion"].rpartition("/")[0]
        name = (group, identity(item), item["metadata"].get("namespace", view.namespace))
        if name in first:
            other = origin(first[name])
            keys = max(origin(item), other, key=len)
            message = f"{identity(item)} is there twice: by {dotted(other)} and by {dotted(origin(item))}"
            yield Violation(keys, message, "rename one of the two nodes")
        first.setdefault(name, item)
