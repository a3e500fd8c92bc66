"""An image that no node could pull."""

import re
from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found, leaves, origin
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.extras import added
from ai_server.kube.manifests import Pod, identity
from ai_server.reading.profiles import Keys

RULE = Rule(
    "An image whose name no registry can have",
    why="A repository is lower-case and has no tag and no https://; the tag is a key of its own. The pod would say"
    " InvalidImageName.",
    wrong="litellm:\n  image: {repository: https://ghcr.io/berriai/litellm}",
    right="litellm:\n  image: {repository: ghcr.io/berriai/litellm}",
)
PART = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*"
NAME = re.compile(
    rf"([a-zA-Z0-9][-a-zA-Z0-9.]*(:[0-9]+)?/)?{PART}(/{PART})*(:[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}})?(@sha256:[0-9a-f]{{64}})?"
)
"""distribution/reference, reference.go."""


def check(context: Context) -> Iterator[Found]:
    """A finding for each image whose name is not of the form, and for each without a tag and digest."""
    told: set[str] = set()
    for pod in context.manifests.pods() if context.manifests else []:
        for container in pod.containers():
            image = str(container.get("image", ""))
            context.count("image names")
            if not image:
                keys = added(context, origin(pod.owner), container)
                yield Found(keys, f"container {container['name']} has no image", "write image: repository:tag")
                continue
            if image in told:
                continue
            if not NAME.fullmatch(image):
                told.add(image)
                keys = _written(context, pod, image)
                if keys[-1] == "imageRegistry":
                    yield Found(keys, f'"{context.get(*keys)}" is no registry', "write host:port, without http://")
                else:
                    fix = "write the repository without https:// and tag"
                    yield Found(keys, f'"{image}" is no image', fix, at=identity(pod.owner))
            elif ":" not in image.rpartition("/")[2] and "@" not in image:
                told.add(image)
                message = f"{image} has no tag: a node would take whatever is latest"
                yield Found(_written(context, pod, image), message, "write the tag")


def _written(context: Context, pod: Pod, image: str) -> Keys:
    places = [
        keys
        for keys, value in leaves(context.values.values)
        if keys[-1] in ("repository", "tag", "image", "imageRegistry") and value and str(value) in image
    ]
    return max(places, key=lambda keys: len(str(context.get(*keys)))) if places else origin(pod.owner)
