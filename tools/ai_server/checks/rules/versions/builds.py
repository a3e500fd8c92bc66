"""The build of llama.cpp, where neither the image's tag nor the values have it."""

from collections.abc import Iterator

from ai_server.checks.core.keypaths import dotted
from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.programs import programs
from ai_server.kube.boards import LLAMA_CPP


@rule("versions/unknown-build")
def unknown_build(view: RenderView) -> Iterator[Violation]:
    """Looks for tags without a build; versions/floating-tag reports those of the official image."""
    for server in programs(view, "llama-server"):
        official = server.image.name.endswith(LLAMA_CPP) and not server.image.digest
        if not server.build_known and not official:
            keys = server.place("image", "tag")
            message = f"the tag {server.image.tag} does not contain llama.cpp's build, so {server.build} is assumed"
            number = dotted((*keys[:-2], "build"))
            fix = f"set {number} to the number that `llama-server --version` prints in this image"
            yield Violation(keys, message, fix)
