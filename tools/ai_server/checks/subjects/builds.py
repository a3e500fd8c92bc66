"""The build number of llama.cpp in the tag of an image."""

import re

BUILD = re.compile(r"(?:^|-)b([0-9]{4,})(?:-|$)")
"""The same in charts/ai-server/charts/rocm/templates/_nodes.tpl: server-rocm-b11434, b10039, rocm-b10500-patched."""


def build_of_tag(tag: str) -> int | None:
    """The build number in a tag; None if it has none, in which case the value build counts."""
    match = BUILD.search(tag)
    return int(match[1]) if match else None
