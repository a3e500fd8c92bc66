"""A tag that moves."""

import re
from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.subjects.per import per_container
from ai_server.checks.subjects.pods import ContainerSubject

MOVES = re.compile(
    r"(latest|main|master|dev|edge|nightly|stable|lts|rolling|cuda|cuda126|ollama|slim|full|light|server)"
    r"([-_](latest|stable|slim|cuda|cuda[0-9.]+|cpu|rocm|vulkan|nightly|jetson-thor|intel))*|.*[-_]latest([-_].*)?|rocm-[0-9.]+|vulkan-[a-z]+"
)


@rule("versions/floating-tag")
@per_container
def tags(container: ContainerSubject) -> Iterator[Violation]:
    """An image without a digest has a version as its tag, and no word."""
    image = container.image
    if not image.digest and MOVES.fullmatch(image.tag):
        keys = container.place("image", "tag")
        yield Violation(keys, f"{image.tag} moves: the same pod is another program tomorrow", "write a version")
