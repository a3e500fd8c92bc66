"""An image that no node could pull."""

import re
from collections.abc import Iterator

from ai_server.checks.engine.keypaths import leaves, origin
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.extras import added
from ai_server.kube.manifests import Pod, identity
from ai_server.reading.profiles import Keys

PART = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*"
NAME = re.compile(
    rf"([a-zA-Z0-9][-a-zA-Z0-9.]*(:[0-9]+)?/)?{PART}(/{PART})*(:[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}})?(@sha256:[0-9a-f]{{64}})?"
)
"""distribution/reference, reference.go."""


@rule("kubernetes/image-name")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each image whose name is not of the form, and for each without a tag and digest."""
    told: set[str] = set()
    for pod in view.manifests.pods():
        for container in pod.containers():
            image = str(container.get("image", ""))
            view.count("image names")
            if not image:
                keys = added(view, origin(pod.owner), container)
                yield Violation(keys, f"container {container['name']} has no image", "write image: repository:tag")
                continue
            if image in told:
                continue
            if not NAME.fullmatch(image):
                told.add(image)
                keys = _written(view, pod, image)
                if keys[-1] == "imageRegistry":
                    yield Violation(keys, f'"{view.get(*keys)}" is no registry', "write host:port, without http://")
                else:
                    fix = "write the repository without https:// and tag"
                    yield Violation(keys, f'"{image}" is no image', fix, at=identity(pod.owner))
            elif ":" not in image.rpartition("/")[2] and "@" not in image:
                told.add(image)
                message = f"{image} has no tag: a node would take whatever is latest"
                yield Violation(_written(view, pod, image), message, "write the tag")


def _written(view: RenderView, pod: Pod, image: str) -> Keys:
    places = [
        keys
        for keys, value in leaves(view.values.values)
        if keys[-1] in ("repository", "tag", "image", "imageRegistry") and value and str(value) in image
    ]
    return max(places, key=lambda keys: len(str(view.get(*keys)))) if places else origin(pod.owner)
