"""A tag that moves."""

import re
from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.images import image_key, images

RULE = Rule(
    "A tag that is another image tomorrow",
    why="latest, main and their like move: a node that pulls again gets something else, maybe one of the compromised"
    " releases, and a rollback does not bring the old one back. A digest pins it whatever the tag says.",
    wrong="litellm:\n  image: {tag: main-stable}",
    right="litellm:\n  image: {tag: v1.108.14}",
)
MOVES = re.compile(
    r"(latest|main|master|dev|edge|nightly|stable|lts|rolling|cuda|cuda126|ollama|slim|full|light|server)"
    r"([-_](latest|stable|slim|cuda|cuda[0-9.]+|cpu|rocm|vulkan|nightly|jetson-thor|intel))*|.*[-_]latest([-_].*)?|rocm-[0-9.]+|vulkan-[a-z]+"
)


def check(context: Context) -> Iterator[Found]:
    """A finding for each image without a digest whose tag is a word and no version."""
    for image in images(context):
        context.count("tags")
        if not image.digest and MOVES.fullmatch(image.tag):
            keys = image_key(context, image, "tag")
            yield Found(keys, f"{image.tag} moves: the same pod is another program tomorrow", "write a version")
