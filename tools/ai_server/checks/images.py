"""The images of a render: each with its container, its parts and where they were written."""

from collections.abc import Iterator
from dataclasses import dataclass

from ai_server.checks.findings import Context
from ai_server.checks.running import running
from ai_server.profiles import Keys


@dataclass(frozen=True)
class Image:
    """An image of a container of the chart's own."""

    container: str
    owner: Keys
    name: str
    tag: str
    digest: str


def images(context: Context) -> Iterator[Image]:
    """Every program's image."""
    for each in running(context):
        whole, _, digest = each.container["image"].partition("@")
        name, colon, tag = whole.rpartition(":")
        if not colon or "/" in tag:
            name, tag = whole, ""
        yield Image(each.container["name"], each.owner, name, tag, digest)


def image_key(context: Context, image: Image, part: str) -> Keys:
    """Where a part (tag, digest) of an image was written."""
    inner = (image.container,) if image.container in ("vllm", "comfyui", "speech") else ()
    return context.setting(image.owner, *inner, "image", part)
