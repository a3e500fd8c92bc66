"""An image of another kind than its place."""

import re
from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.builds import build_of_tag
from ai_server.checks.subjects.images import image_key, images

RULE = Rule(
    "A variant of an image that does not fit where it runs",
    why="llama.cpp's images are built for one kind of GPU each: the Vulkan build does not use ROCm, and the CUDA build"
    " finds no GPU on an AMD machine and runs on the CPU. Speaches' CUDA image has no speech recognition on the GPU of"
    " an arm64 machine.",
    wrong="rocm:\n  image: {tag: server-vulkan-b11434}",
    right="rocm:\n  backend: vulkan\n  image: {tag: server-vulkan-b11434}",
)
FOREIGN = ("cuda", "cuda13", "musa", "intel", "openvino", "cpu")


def check(context: Context) -> Iterator[Found]:
    """A finding for each such pair."""
    for image in images(context):
        context.count("variants")
        parts = image.tag.split("-")
        keys = image_key(context, image, "tag")
        if image.container == "llama-server" and image.name.endswith("ggml-org/llama.cpp"):
            backend = str(context.effective(image.owner, "backend"))
            right = f'write "" or server-{backend}-b{context.effective(image.owner, "build")}'
            other = {"rocm": "vulkan", "vulkan": "rocm"}[backend]
            if parts[0] in ("full", "light") and not context.effective(image.owner, "command"):
                message = f"{image.tag} does not start llama-server"
                yield Found(keys, message, right)
            elif other in parts or any(kind in parts for kind in FOREIGN) or backend not in parts:
                yield Found(keys, f"{image.tag} is not the {backend} build", right)
            elif any(part.lstrip("Bb").isdigit() for part in parts) and not build_of_tag(image.tag):
                yield Found(keys, f"llama.cpp has no tag {image.tag}", right)
        elif image.name.endswith("vllm/vllm-openai") and re.match(r"\d", image.tag):
            yield Found(keys, f"vLLM has no tag {image.tag}", f"write v{image.tag}")
        elif image.container == "speech" and image.name.endswith("speaches") and "cuda" in parts:
            yield Found(keys, "on arm64 this image recognises speech on the CPU all the same", "take a -cpu tag")
