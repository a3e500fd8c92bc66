"""A build number beside a tag that says another."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.subjects.builds import build_of_tag
from ai_server.checks.subjects.per import per_container
from ai_server.checks.subjects.pods import ContainerSubject


@rule("versions/build-and-tag")
@per_container
def builds(container: ContainerSubject) -> Iterator[Violation]:
    """The build that was written is that of the tag, which wins."""
    view, image, owner = container.view, container.image, container.key
    if container.program != "llama-server":
        return
    keys, tag = view.setting(owner, "build"), container.place("image", "tag")
    if tag[: len(owner)] == owner != keys[: len(owner)]:
        return  # a node's own tag is meant to win over the build of all
    number = build_of_tag(image.tag)
    if view.given(*keys) and number is not None and number != view.effective(owner, "build"):
        message, fix = f"the tag {image.tag} says {number}, and wins", "take build out, or write the same number"
        yield Violation(keys, message, fix)
