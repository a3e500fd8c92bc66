"""A build number beside a tag that says another."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.builds import build_of_tag
from ai_server.checks.subjects.images import images


@rule("versions/build-and-tag")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each llama-server whose build was written and is not that of its tag."""
    for image in images(view):
        if image.container != "llama-server":
            continue
        keys = view.setting(image.owner, "build")
        tag = view.setting(image.owner, "image", "tag")
        if tag[: len(image.owner)] == image.owner != keys[: len(image.owner)]:
            continue  # a node's own tag is meant to win over the build of all
        number = build_of_tag(image.tag)
        if view.given(*keys) and number is not None and number != view.effective(image.owner, "build"):
            view.count("builds")
            yield Violation(
                keys, f"the tag {image.tag} says {number}, and wins", "take build out, or write the same number"
            )
