"""A label that Kubernetes does not take."""

import re
from collections.abc import Iterator

from ai_server.checks.engine.keypaths import origin
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.kube.manifests import Object, identity
from ai_server.reading.profiles import Keys

NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
MOST_BYTES = 256 * 1024
"""All annotations of an object together: apimachinery's TotalAnnotationSizeLimitB."""


@rule("kubernetes/label")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each key and value that is not of the form, at objects, pods, selectors and node selectors."""
    for item in view.manifests:
        yield from _of(view, item, item["metadata"], origin(item))
    for pod in view.manifests.pods():
        if pod.metadata is not pod.owner["metadata"]:
            yield from _of(view, pod.owner, pod.metadata, origin(pod.owner))
        yield from _labels(view, pod.owner, pod.spec.get("nodeSelector") or {}, origin(pod.owner), "nodeSelector")


def _of(view: RenderView, item: Object, metadata: Object, owner: Keys) -> Iterator[Violation]:
    yield from _labels(view, item, metadata.get("labels") or {}, owner, "labels")
    annotations = metadata.get("annotations") or {}
    for key in annotations:
        if not _key_fits(key):
            where = _written(view, owner, "annotations", key)
            yield Violation(
                where, f'"{key}" is no key of an annotation', "write domain/name or name", at=identity(item)
            )
    if sum(len(key.encode()) + len(str(value).encode()) for key, value in annotations.items()) > MOST_BYTES:
        yield Violation(owner, f"{identity(item)}: its annotations are larger than 256 KiB", "shorten them")


def _labels(view: RenderView, item: Object, labels: Object, owner: Keys, field: str) -> Iterator[Violation]:
    for key, value in labels.items():
        view.count("labels")
        if not _key_fits(key):
            where = _written(view, owner, field, key)
            yield Violation(where, f'"{key}" is no key of a label', "write domain/name or name", at=identity(item))
        elif not VALUE.fullmatch(str(value)):
            where = _written(view, owner, field, key)
            fix = "at most 63 letters, digits, -, _ and .; an annotation takes any text"
            yield Violation(where, f'"{str(value)[:70]}" is no value of a label', fix, at=identity(item))


def _key_fits(key: str) -> bool:
    domain, slash, name = key.rpartition("/")
    return bool(NAME.fullmatch(name)) and (not slash or bool(DOMAIN.fullmatch(domain)))


def _written(view: RenderView, owner: Keys, field: str, key: str) -> Keys:
    places: list[Keys] = [(*owner, "selector", key), view.setting(owner, "pod", field, key)]
    places += [("global", "pod", field, key), ("global", field, key), (*owner[:1], "ingress", field, key)]
    places += [(*owner[:1], "service", field, key)]
    return next((place for place in places if view.given(*place)), owner)
