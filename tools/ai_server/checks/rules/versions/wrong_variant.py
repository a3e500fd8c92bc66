"""An image of another kind than its place."""

import re
from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.subjects.builds import build_of_tag
from ai_server.checks.subjects.per import per_container
from ai_server.checks.subjects.pods import ContainerSubject

FOREIGN = ("cuda", "cuda13", "musa", "intel", "openvino", "cpu")


@rule("versions/wrong-variant")
@per_container
def variants(container: ContainerSubject) -> Iterator[Violation]:
    """The tag of an image is of a kind for its place."""
    view, image, owner = container.view, container.image, container.key
    parts = image.tag.split("-")
    keys = container.place("image", "tag")
    if container.program == "llama-server" and image.name.endswith("ggml-org/llama.cpp"):
        backend = str(view.effective(owner, "backend"))
        right = f'write "" or server-{backend}-b{view.effective(owner, "build")}'
        other = {"rocm": "vulkan", "vulkan": "rocm"}[backend]
        if parts[0] in ("full", "light") and not view.effective(owner, "command"):
            message = f"{image.tag} does not start llama-server"
            yield Violation(keys, message, right)
        elif other in parts or any(kind in parts for kind in FOREIGN) or backend not in parts:
            yield Violation(keys, f"{image.tag} is not the {backend} build", right)
        elif any(part.lstrip("Bb").isdigit() for part in parts) and not build_of_tag(image.tag):
            yield Violation(keys, f"llama.cpp has no tag {image.tag}", right)
    elif image.name.endswith("vllm/vllm-openai") and re.match(r"\d", image.tag):
        yield Violation(keys, f"vLLM has no tag {image.tag}", f"write v{image.tag}")
    elif container.program == "speaches" and image.name.endswith("speaches") and "cuda" in parts:
        yield Violation(keys, "on arm64 this image recognises speech on the CPU all the same", "take a -cpu tag")
