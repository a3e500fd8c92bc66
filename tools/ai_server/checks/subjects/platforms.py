"""What is known of images: the processors that they are built for, and their size."""

from functools import cache
from typing import Any

from ai_server.checks import facts
from ai_server.kube.boards import LLAMA_CPP, image_of_tag
from ai_server.kube.image_name import ImageName


def platforms_of(image: ImageName) -> list[str] | None:
    """The processors (amd64, arm64) that an image is built for; None if not known."""
    if image.name.endswith(f"/{LLAMA_CPP}"):
        variant = image_of_tag(image.tag)
        return list(variant.platforms) if variant else None
    platforms: list[str] | None = known_image(image).get("platforms")
    return platforms


def known_image(image: ImageName) -> dict[str, Any]:
    """What is known of an image; {} if nothing is."""
    of_tag = (entry for entry in _known() if image.tag.startswith(entry["tag"]))
    return next((entry for entry in of_tag if image.name.endswith(f"/{entry['image']}")), {})


@cache
def _known() -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = facts.table("image_platforms")
    return entries
