"""The names of images."""

import re
from collections.abc import Iterator

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.pods import ContainerSubject, containers
from ai_server.reading.profiles import Keys

PART = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*"
NAME = re.compile(
    rf"([a-zA-Z0-9][-a-zA-Z0-9.]*(:[0-9]+)?/)?{PART}(/{PART})*(:[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}})?(@sha256:[0-9a-f]{{64}})?"
)
"""distribution/reference, reference.go."""
PARTS = {"registry": "{}/name:tag", "repository": "{}:tag", "tag": "name:{}", "digest": "name@{}"}
"""Each part of a name, in a name whose other parts are valid."""


@rule("kubernetes/image-name")
def image_names(view: RenderView) -> Iterator[Violation]:
    """Reports each name once."""
    reported: set[str] = set()
    for container in containers(view):
        image = str(container.container.get("image", ""))
        if not image:
            fix = "set image: repository:tag"
            yield Violation(container.key, f"container {container.name} has no image", fix)
        elif image not in reported:
            reported.add(image)
            yield from _name(container, image)


def _name(container: ContainerSubject, image: str) -> Iterator[Violation]:
    if not NAME.fullmatch(image):
        keys = _part(container)
        if keys[-1] == "imageRegistry":
            registry = container.view.get(*keys)
            yield Violation(keys, f'"{registry}" is not a valid registry', "use host:port, without http://")
        else:
            fix = "use the repository, without https:// and without the tag"
            yield Violation(keys, f'"{image}" is not a valid image name', fix, at=container.pod.identity)
    elif not container.image.tag and not container.image.digest:
        keys = container.given("image", "repository") or container.written("image")
        yield Violation(keys, f"{image} has no tag: each node would pull the latest version", "set the tag")


def _part(container: ContainerSubject) -> Keys:
    """The key of the invalid part of an image's name."""
    for part, template in PARTS.items():
        keys = container.given("image", part)
        if keys and not NAME.fullmatch(template.format(container.view.get(*keys))):
            return keys
    return container.written("image")
