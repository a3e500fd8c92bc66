"""An annotation that is an order to Helm."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import ValuesView
from ai_server.reading.profiles import Keys

PLACES: tuple[Keys, ...] = (
    ("global", "annotations"),
    *((component, part, "annotations") for component in ("litellm", "openwebui") for part in ("service", "ingress")),
    *((component, "service", "annotations") for component in ("rocm", "thor")),
)


@rule("kubernetes/helm-annotation")
def check(view: ValuesView) -> Iterator[Violation]:
    """A finding for each such annotation of objects; at pods Helm does not look at them."""
    for place in PLACES:
        for key in view.get(*place) or {}:
            view.count("annotations")
            if str(key).startswith("helm.sh/hook") or (key == "helm.sh/resource-policy" and place[0] == "global"):
                makes = "makes each of these objects a hook" if "hook" in key else "leaves every object behind"
                yield Violation((*place, key), f"{makes}: Helm obeys annotations of helm.sh/", "take it out")
