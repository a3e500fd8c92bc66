"""An annotation that is an order to Helm."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.reading.profiles import Keys

RULE = Rule(
    "An annotation that is an order to Helm",
    needs="values",
    why="helm.sh/hook makes an object a hook: Helm no longer counts it to the release, does not change it in an upgrade"
    " and does not remove it. helm.sh/resource-policy at every object leaves all of them behind, and the next install"
    " fails.",
    wrong='global:\n  annotations: {"helm.sh/hook": pre-install}',
    right='global:\n  annotations: {example.com/owner: "Ada Lovelace"}',
)
PLACES: tuple[Keys, ...] = (
    ("global", "annotations"),
    *((component, part, "annotations") for component in ("litellm", "openwebui") for part in ("service", "ingress")),
    *((component, "service", "annotations") for component in ("rocm", "thor")),
)


def check(context: Context) -> Iterator[Found]:
    """A finding for each such annotation of objects; at pods Helm does not look at them."""
    for place in PLACES:
        for key in context.get(*place) or {}:
            context.count("annotations")
            if str(key).startswith("helm.sh/hook") or (key == "helm.sh/resource-policy" and place[0] == "global"):
                makes = "makes each of these objects a hook" if "hook" in key else "leaves every object behind"
                yield Found((*place, key), f"{makes}: Helm obeys annotations of helm.sh/", "take it out")
