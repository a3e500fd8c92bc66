"""The images of a render: each with its container, its parts and where they were written."""

from collections.abc import Iterator
from dataclasses import dataclass

from ai_server.checks.engine.keypaths import origin
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.extras import extra
from ai_server.checks.subjects.programs import PROGRAMS
from ai_server.reading.profiles import Keys


@dataclass(frozen=True)
class Image:
    """An image of a container: of the chart's own by the program's name, of the user's by theirs."""

    container: str
    owner: Keys
    name: str
    tag: str
    digest: str


def images(view: RenderView) -> Iterator[Image]:
    """Every program's image, that of the container that makes folders, and those of the user's own containers."""
    for pod in view.manifests.pods():
        owner = origin(pod.owner)
        for container in pod.containers():
            name = str(container["name"])
            whole, _, digest = str(container.get("image", "")).partition("@")
            repository, colon, tag = whole.rpartition(":")
            if not colon or "/" in tag:
                repository, tag = whole, ""
            if name not in ("device-check", "ask-every-route"):
                of = (name,) if name in ("litellm", "openwebui") else owner
                yield Image(name, of, repository, tag, digest)


def image_key(view: RenderView, image: Image, part: str) -> Keys:
    """Where a part (tag, digest) of an image was written."""
    if image.container == "folders":
        return view.setting(image.owner, "foldersImage", part)
    if image.container not in PROGRAMS:
        fields = ("extraContainers", "extraInitContainers")
        found = [extra(view, image.owner, field, image.container) for field in fields]
        return next(((*keys, "image") for keys in found if isinstance(keys[-1], int)), image.owner)
    inner = (image.container,) if image.container in ("vllm", "comfyui", "speech") else ()
    return view.setting(image.owner, *inner, "image", part)
