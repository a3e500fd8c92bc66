"""The tags and digests of images: which program each of them is, and whether it stays that."""

import re
from collections.abc import Iterator
from functools import cache

from ai_server.checks.engine.model import Violation, not_checked
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.builds import build_of_tag
from ai_server.checks.subjects.page_data import page_env, postgres
from ai_server.checks.subjects.per import per_container
from ai_server.checks.subjects.pods import ContainerSubject, pods
from ai_server.paths import CHART
from ai_server.reading.yamlfile import read_values

MOVES = re.compile(
    r"(latest|main|master|dev|edge|nightly|stable|lts|rolling|cuda|cuda126|ollama|slim|full|light|server)"
    r"([-_](latest|stable|slim|cuda|cuda[0-9.]+|cpu|rocm|vulkan|nightly|jetson-thor|intel))*|.*[-_]latest([-_].*)?|rocm-[0-9.]+|vulkan-[a-z]+"
)
OTHER_BACKENDS = ("cuda", "cuda13", "musa", "intel", "openvino", "cpu")
"""Variants of llama.cpp's image that the chart has no node for."""


@rule("versions/floating-tag")
@per_container
def floating_tags(container: ContainerSubject) -> Iterator[Violation]:
    """An image without a digest has a version as its tag, not a word."""
    image = container.image
    if not image.digest and MOVES.fullmatch(image.tag):
        keys = container.place("image", "tag")
        yield Violation(keys, f"{image.tag} moves: the same pod is another program tomorrow", "write a version")


@rule("versions/digest-twice")
def digest_twice(view: RenderView) -> Iterator[Violation]:
    """A digest is of one repository."""
    first: dict[str, str] = {}
    for container in (container for pod in pods(view) for container in pod.containers):
        image = container.image
        if not image.digest:
            continue
        view.count("digests")
        if first.setdefault(image.digest, image.name) != image.name:
            message = f"this is the digest of {first[image.digest]} as well"
            yield Violation(container.place("image", "digest"), message, "take the digest of this image")


@rule("versions/known-bad")
def known_bad(view: RenderView) -> Iterator[Violation]:
    """Each image of a program of the list whose tag the chart could not judge."""
    version, judged = _known_bad()
    images = [container.image for pod in pods(view) for container in pod.containers]
    for name, tag in sorted({(image.name, image.tag) for image in images}):
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
@per_container
def builds(container: ContainerSubject) -> Iterator[Violation]:
    """The build that was written is that of the tag, which wins."""
    view, image, owner = container.view, container.image, container.key
    if container.program != "llama-server":
        return
    keys, tag = view.setting(owner, "build"), container.place("image", "tag")
    if tag[: len(owner)] == owner != keys[: len(owner)]:
        return  # a node's own tag is meant to win over the build of all
    number = build_of_tag(image.tag)
    if view.given(*keys) and number is not None and number != view.effective(owner, "build"):
        message, fix = f"the tag {image.tag} says {number}, and wins", "take build out, or write the same number"
        yield Violation(keys, message, fix)


@rule("versions/wrong-variant")
@per_container
def variants(container: ContainerSubject) -> Iterator[Violation]:
    """The tag of an image is of a kind for its place."""
    view, image, owner = container.view, container.image, container.key
    keys = container.place("image", "tag")
    if container.program == "llama-server" and image.name.endswith("ggml-org/llama.cpp"):
        if message := _wrong_llama(container):
            backend, build = view.effective(owner, "backend"), view.effective(owner, "build")
            yield Violation(keys, message, f'write "" or server-{backend}-b{build}')
    elif image.name.endswith("vllm/vllm-openai") and re.match(r"\d", image.tag):
        yield Violation(keys, f"vLLM has no tag {image.tag}", f"write v{image.tag}")
    elif container.program == "speaches" and image.name.endswith("speaches") and "cuda" in image.tag.split("-"):
        yield Violation(keys, "on arm64 this image recognises speech on the CPU all the same", "take a -cpu tag")


def _wrong_llama(container: ContainerSubject) -> str:
    """What is wrong with a tag of llama.cpp's own image; "" for nothing."""
    view, owner, tag = container.view, container.key, container.image.tag
    parts, backend = tag.split("-"), view.effective(owner, "backend")
    other = {"rocm": "vulkan", "vulkan": "rocm"}[backend]
    if parts[0] in ("full", "light") and not view.effective(owner, "command"):
        return f"{tag} does not start llama-server"
    if backend not in parts or not {other, *OTHER_BACKENDS}.isdisjoint(parts):
        return f"{tag} is not the {backend} build"
    if any(part.lstrip("Bb").isdigit() for part in parts) and not build_of_tag(tag):
        return f"llama.cpp has no tag {tag}"
    return ""


@rule("versions/slim-documents")
def slim_documents(view: RenderView) -> Iterator[Violation]:
    """A slim tag of the chat page while embeddings are on and no PostgreSQL is named."""
    env = page_env(view)
    for container in (container for pod in pods(view) for container in pod.containers):
        if container.program == "openwebui" and "slim" in container.image.tag and "RAG_EMBEDDING_MODEL" in env:
            view.count("slim images")
            if not postgres(env, "PGVECTOR_DB_URL", "DATABASE_URL"):
                keys = container.place("image", "tag")
                yield Violation(keys, "uploads of documents fail with this image", "take the tag without -slim")
