"""A label that Kubernetes does not take."""

import re
from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found, origin
from ai_server.checks.engine.registry import Rule
from ai_server.kube.manifests import Object, identity
from ai_server.reading.profiles import Keys

RULE = Rule(
    "A label or an annotation that Kubernetes does not take",
    why="A label's value has at most 63 letters, digits, -, _ and ., and begins and ends with a letter or digit; its"
    " key is such a name too, after an optional domain and a slash. Annotations hold longer texts.",
    wrong='global:\n  labels: {owner: "Ada Lovelace"}',
    right='global:\n  labels: {owner: ada}\n  annotations: {example.com/owner: "Ada Lovelace"}',
)
NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
DOMAIN = re.compile(r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
MOST_BYTES = 256 * 1024
"""All annotations of an object together: apimachinery's TotalAnnotationSizeLimitB."""


def check(context: Context) -> Iterator[Found]:
    """A finding for each key and value that is not of the form, at objects, pods, selectors and node selectors."""
    for item in context.manifests or []:
        yield from _of(context, item, item["metadata"], origin(item))
    for pod in context.manifests.pods() if context.manifests else []:
        if pod.metadata is not pod.owner["metadata"]:
            yield from _of(context, pod.owner, pod.metadata, origin(pod.owner))
        yield from _labels(context, pod.owner, pod.spec.get("nodeSelector") or {}, origin(pod.owner), "nodeSelector")


def _of(context: Context, item: Object, metadata: Object, owner: Keys) -> Iterator[Found]:
    yield from _labels(context, item, metadata.get("labels") or {}, owner, "labels")
    annotations = metadata.get("annotations") or {}
    for key in annotations:
        if not _key_fits(key):
            where = _written(context, owner, "annotations", key)
            yield Found(where, f'"{key}" is no key of an annotation', "write domain/name or name", at=identity(item))
    if sum(len(key.encode()) + len(str(value).encode()) for key, value in annotations.items()) > MOST_BYTES:
        yield Found(owner, f"{identity(item)}: its annotations are larger than 256 KiB", "shorten them")


def _labels(context: Context, item: Object, labels: Object, owner: Keys, field: str) -> Iterator[Found]:
    for key, value in labels.items():
        context.count("labels")
        if not _key_fits(key):
            where = _written(context, owner, field, key)
            yield Found(where, f'"{key}" is no key of a label', "write domain/name or name", at=identity(item))
        elif not VALUE.fullmatch(str(value)):
            where = _written(context, owner, field, key)
            fix = "at most 63 letters, digits, -, _ and .; an annotation takes any text"
            yield Found(where, f'"{str(value)[:70]}" is no value of a label', fix, at=identity(item))


def _key_fits(key: str) -> bool:
    domain, slash, name = key.rpartition("/")
    return bool(NAME.fullmatch(name)) and (not slash or bool(DOMAIN.fullmatch(domain)))


def _written(context: Context, owner: Keys, field: str, key: str) -> Keys:
    places: list[Keys] = [(*owner, "selector", key), context.setting(owner, "pod", field, key)]
    places += [("global", "pod", field, key), ("global", field, key), (*owner[:1], "ingress", field, key)]
    places += [(*owner[:1], "service", field, key)]
    return next((place for place in places if context.given(*place)), owner)
