"""One digest at two images."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.pods import pods


@rule("versions/digest-twice")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each digest that stands at two repositories."""
    seen: dict[str, str] = {}
    for container in (container for pod in pods(view) for container in pod.containers):
        image = container.image
        if not image.digest:
            continue
        view.count("digests")
        if seen.setdefault(image.digest, image.name) != image.name:
            message = f"this is the digest of {seen[image.digest]} as well"
            yield Violation(container.place("image", "digest"), message, "take the digest of this image")
