"""The names of images."""

import re
from collections.abc import Iterator
from dataclasses import replace

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.pods import ContainerSubject, containers
from ai_server.kube.image_name import parse
from ai_server.reading.edit import Change
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
            registry = str(container.view.get(*keys))
            violation = Violation(keys, f'"{registry}" is not a valid registry', "use host:port, without http://")
            plain = _plain(registry)
            yield violation.use(plain) if NAME.fullmatch(PARTS["registry"].format(plain)) else violation
        else:
            fix = "use the repository, without https:// and without the tag"
            violation = Violation(keys, f'"{image}" is not a valid image name', fix, at=container.pod.identity)
            yield _in_parts(container, violation) if keys[-1] == "repository" else violation
    elif not container.image.tag and not container.image.digest:
        keys = container.given("image", "repository") or container.written("image")
        yield Violation(keys, f"{image} has no tag: each node would pull the latest version", "set the tag")


def _in_parts(container: ContainerSubject, violation: Violation) -> Violation:
    """A violation of a repository with the fix to write only its name there, and its tag and digest in their keys."""
    view, keys = container.view, violation.keys
    parts = parse(_plain(str(view.get(*keys))))
    more = {part: value for part, value in (("tag", parts.tag), ("digest", parts.digest)) if value}
    if not NAME.fullmatch(PARTS["repository"].format(name := parts.name.lower())):
        return violation
    use = violation.use(name)
    if any(view.given(*keys[:-1], part) and view.get(*keys[:-1], part) not in ("", more[part]) for part in more):
        return use  # the user's own tag counts
    changes = (Change("set", (*keys[:-1], part), value) for part, value in more.items())
    fix = ", and set ".join([use.fix, *(f"{part}: {value}" for part, value in more.items())])
    return replace(use, fix=fix, changes=(*use.changes, *changes))


def _plain(name: str) -> str:
    """A name without the scheme before it, and without the slash after it."""
    return name.strip().rpartition("://")[2].rstrip("/")


def _part(container: ContainerSubject) -> Keys:
    """The key of the invalid part of an image's name."""
    for part, template in PARTS.items():
        keys = container.given("image", part)
        if keys and not NAME.fullmatch(template.format(container.view.get(*keys))):
            return keys
    return container.written("image")
