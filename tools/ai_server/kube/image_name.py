"""Parses the name of an image."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ImageName:
    """registry/repository:tag@digest; tag and digest are "" if the name lacks them."""

    name: str
    tag: str = ""
    digest: str = ""


def parse(reference: str) -> ImageName:
    """The parts of a reference. A colon before the last slash belongs to the registry's port."""
    whole, _, digest = reference.partition("@")
    name, colon, tag = whole.rpartition(":")
    return ImageName(name, tag, digest) if colon and "/" not in tag else ImageName(whole, "", digest)
