"""The tags and digests of images: which program each of them is, and whether it stays that."""

import re
from collections.abc import Iterator
from functools import cache

from ai_server.checks.engine.model import Violation, not_checked
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.builds import build_of_tag
from ai_server.checks.subjects.images import Image, image_key, images
from ai_server.checks.subjects.page_data import page_env, postgres
from ai_server.paths import CHART
from ai_server.reading.yamlfile import read_values

MOVES = re.compile(
    r"(latest|main|master|dev|edge|nightly|stable|lts|rolling|cuda|cuda126|ollama|slim|full|light|server)"
    r"([-_](latest|stable|slim|cuda|cuda[0-9.]+|cpu|rocm|vulkan|nightly|jetson-thor|intel))*|.*[-_]latest([-_].*)?|rocm-[0-9.]+|vulkan-[a-z]+"
)
OTHER_BACKENDS = ("cuda", "cuda13", "musa", "intel", "openvino", "cpu")
"""Variants of llama.cpp's image that the chart has no node for."""


@rule("versions/floating-tag")
def floating_tag(view: RenderView) -> Iterator[Violation]:
    """A finding for each image without a digest whose tag is a word and no version."""
    for image in images(view):
        view.count("tags")
        if not image.digest and MOVES.fullmatch(image.tag):
            keys = image_key(view, image, "tag")
            yield Violation(keys, f"{image.tag} moves: the same pod is another program tomorrow", "write a version")


@rule("versions/digest-twice")
def digest_twice(view: RenderView) -> Iterator[Violation]:
    """A finding for each digest that stands at two repositories."""
    first: dict[str, str] = {}
    for image in images(view):
        if not image.digest:
            continue
        view.count("digests")
        if first.setdefault(image.digest, image.name) != image.name:
            message = f"this is the digest of {first[image.digest]} as well"
            yield Violation(image_key(view, image, "digest"), message, "take the digest of this image")


@rule("versions/known-bad")
def known_bad(view: RenderView) -> Iterator[Violation]:
    """Each image of a program of the list whose tag the chart could not judge."""
    version, judged = _known_bad()
    for name, tag in sorted({(image.name, image.tag) for image in images(view)}):
        if any(repository.search(name) for repository in judged):
            view.count("versions")
            if not version.search(tag):
                yield not_checked(f"no version can be seen in {name}:{tag}, which may be one of the known bad ones")


@cache
def _known_bad() -> tuple[re.Pattern[str], list[re.Pattern[str]]]:
    """Of the list: what a version in a tag looks like, and the repositories whose versions are judged."""
    listed = read_values(CHART / "files" / "known-bad-versions.yaml").values
    repositories = dict.fromkeys(bad["repository"] for bad in listed["versions"] if "range" in bad)
    return re.compile(listed["version"]), [re.compile(repository) for repository in repositories]


@rule("versions/build-and-tag")
def build_and_tag(view: RenderView) -> Iterator[Violation]:
    """A finding for each llama-server whose build was written and is not that of its tag."""
    for image in images(view):
        if image.container != "llama-server":
            continue
        keys, tag = view.setting(image.owner, "build"), view.setting(image.owner, "image", "tag")
        if tag[: len(image.owner)] == image.owner != keys[: len(image.owner)]:
            continue  # a node's own tag is meant to win over the build of all
        number = build_of_tag(image.tag)
        if view.given(*keys) and number is not None and number != view.effective(image.owner, "build"):
            view.count("builds")
            fix = "take build out, or write the same number"
            yield Violation(keys, f"the tag {image.tag} says {number}, and wins", fix)


@rule("versions/wrong-variant")
def wrong_variant(view: RenderView) -> Iterator[Violation]:
    """A finding for each image of another kind than its place."""
    for image in images(view):
        view.count("variants")
        keys = image_key(view, image, "tag")
        if image.container == "llama-server" and image.name.endswith("ggml-org/llama.cpp"):
            if message := _wrong_llama(view, image):
                backend, build = view.effective(image.owner, "backend"), view.effective(image.owner, "build")
                yield Violation(keys, message, f'write "" or server-{backend}-b{build}')
        elif image.name.endswith("vllm/vllm-openai") and re.match(r"\d", image.tag):
            yield Violation(keys, f"vLLM has no tag {image.tag}", f"write v{image.tag}")
        elif image.container == "speech" and image.name.endswith("speaches") and "cuda" in image.tag.split("-"):
            yield Violation(keys, "on arm64 this image recognises speech on the CPU all the same", "take a -cpu tag")


def _wrong_llama(view: RenderView, image: Image) -> str:
    """What is wrong with a tag of llama.cpp's own image; "" for nothing."""
    parts, backend = image.tag.split("-"), view.effective(image.owner, "backend")
    other = {"rocm": "vulkan", "vulkan": "rocm"}[backend]
    if parts[0] in ("full", "light") and not view.effective(image.owner, "command"):
        return f"{image.tag} does not start llama-server"
    if backend not in parts or not {other, *OTHER_BACKENDS}.isdisjoint(parts):
        return f"{image.tag} is not the {backend} build"
    if any(part.lstrip("Bb").isdigit() for part in parts) and not build_of_tag(image.tag):
        return f"llama.cpp has no tag {image.tag}"
    return ""


@rule("versions/slim-documents")
def slim_documents(view: RenderView) -> Iterator[Violation]:
    """A warning for a slim tag of the chat page while embeddings are on and no PostgreSQL is named."""
    env = page_env(view)
    for image in images(view):
        if image.container == "openwebui" and "slim" in image.tag and "RAG_EMBEDDING_MODEL" in env:
            view.count("slim images")
            if not postgres(env, "PGVECTOR_DB_URL", "DATABASE_URL"):
                keys = image_key(view, image, "tag")
                yield Violation(keys, "uploads of documents fail with this image", "take the tag without -slim")
