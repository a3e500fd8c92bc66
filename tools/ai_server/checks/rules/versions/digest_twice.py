"""One digest at two images."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.images import image_key, images


@rule("versions/digest-twice")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each digest that stands at two repositories."""
    seen: dict[str, str] = {}
    for image in images(view):
        if not image.digest:
            continue
        view.count("digests")
        if seen.setdefault(image.digest, image.name) != image.name:
            message = f"this is the digest of {seen[image.digest]} as well"
            yield Violation(image_key(view, image, "digest"), message, "take the digest of this image")
