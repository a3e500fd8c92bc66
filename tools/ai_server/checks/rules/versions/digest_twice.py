"""One digest at two images."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.images import image_key, images

RULE = Rule(
    "One digest for two different images",
    why="A digest names the bytes of one image. The same digest at two images is a copy that was left behind.",
    wrong="litellm:\n  image: {digest: 'sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'}\n"
    "openwebui:\n  image: {digest: 'sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'}",
    right="litellm:\n  image: {digest: 'sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'}",
)


def check(context: Context) -> Iterator[Found]:
    """A finding for each digest that stands at two repositories."""
    seen: dict[str, str] = {}
    for image in images(context):
        if not image.digest:
            continue
        context.count("digests")
        if seen.setdefault(image.digest, image.name) != image.name:
            message = f"this is the digest of {seen[image.digest]} as well"
            yield Found(image_key(context, image, "digest"), message, "take the digest of this image")
