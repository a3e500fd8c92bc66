"""A tag that moves."""

import re
from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.images import image_key, images

MOVES = re.compile(
    r"(latest|main|master|dev|edge|nightly|stable|lts|rolling|cuda|cuda126|ollama|slim|full|light|server)"
    r"([-_](latest|stable|slim|cuda|cuda[0-9.]+|cpu|rocm|vulkan|nightly|jetson-thor|intel))*|.*[-_]latest([-_].*)?|rocm-[0-9.]+|vulkan-[a-z]+"
)


@rule("versions/floating-tag")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each image without a digest whose tag is a word and no version."""
    for image in images(view):
        view.count("tags")
        if not image.digest and MOVES.fullmatch(image.tag):
            keys = image_key(view, image, "tag")
            yield Violation(keys, f"{image.tag} moves: the same pod is another program tomorrow", "write a version")
