"""Rules about the versions of images."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from ai_server.checks.engine.model import Violation, not_checked
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.builds import build_of_tag
from ai_server.checks.subjects.page_data import page_env, postgres
from ai_server.checks.subjects.per import per_container
from ai_server.checks.subjects.pods import ContainerSubject, containers
from ai_server.paths import CHART
from ai_server.reading.yamlfile import read_values

MOVES = re.compile(
    r"(latest|main|master|dev|edge|nightly|stable|lts|rolling|cuda|cuda126|ollama|slim|full|light|server)"
    r"([-_](latest|stable|slim|cuda|cuda[0-9.]+|cpu|rocm|vulkan|nightly|jetson-thor|intel))*|.*[-_]latest([-_].*)?|rocm-[0-9.]+|vulkan-[a-z]+"
)
FOREIGN = ("cuda", "cuda13", "musa", "intel", "openvino", "cpu")
OTHER = {"rocm": "vulkan", "vulkan": "rocm"}


@rule("versions/floating-tag")
@per_container
def tags(container: ContainerSubject) -> Iterator[Violation]:
    """An image without a digest has a version as its tag, and no word."""
    image = container.image
    if not image.digest and MOVES.fullmatch(image.tag):
        message = f"{image.tag} moves: the same pod is another program tomorrow"
        yield Violation(container.place("image", "tag"), message, "write a version")


@rule("versions/digest-twice")
def digests(view: RenderView) -> Iterator[Violation]:
    """No two repositories have one digest."""
    seen: dict[str, str] = {}
    for container in containers(view):
        image = container.image
        if image.digest:
            view.count("digests")
            if seen.setdefault(image.digest, image.name) != image.name:
                message = f"this is the digest of {seen[image.digest]} as well"
                yield Violation(container.place("image", "digest"), message, "take the digest of this image")


@rule("versions/known-bad")
def known_bad(view: RenderView) -> Iterator[Violation]:
    """The tag of each program of the chart's list shows a version, which the chart itself judges."""
    version, ranges = known()
    images = {container.image for container in containers(view)}
    for name, tag in sorted({(image.name, image.tag) for image in images}):
        if any(repository.search(name) for repository in ranges):
            view.count("versions")
            if not version.search(tag):
                yield not_checked(f"no version can be seen in {name}:{tag}, which may be one of the known bad ones")


@cache
def known() -> tuple[re.Pattern[str], list[re.Pattern[str]]]:
    """Of the list: what a version in a tag looks like, and the repositories whose versions are judged."""
    listed: dict[str, Any] = read_values(CHART / "files" / "known-bad-versions.yaml").values
    ranges = dict.fromkeys(entry["repository"] for entry in listed["versions"] if "range" in entry)
    return re.compile(listed["version"]), [re.compile(repository) for repository in ranges]


@rule("versions/slim-documents")
def documents(view: RenderView) -> Iterator[Violation]:
    """A slim chat page that searches documents has a PostgreSQL."""
    env = page_env(view)
    for container in containers(view):
        if container.program == "openwebui" and "slim" in container.image.tag and "RAG_EMBEDDING_MODEL" in env:
            view.count("slim images")
            if not postgres(env, "PGVECTOR_DB_URL", "DATABASE_URL"):
                fix = "take the tag without -slim"
                yield Violation(container.place("image", "tag"), "uploads of documents fail with this image", fix)


@rule("versions/build-and-tag")
@per_container
def builds(container: ContainerSubject) -> Iterator[Violation]:
    """The build that was written is that of the tag, which wins; a node's own tag is meant to win over all nodes'."""
    number = build_of_tag(container.image.tag) if container.program == "llama-server" else None
    if number is not None:
        view, entry = container.view, container.key
        given = [keys for keys in container.keys("image", "tag") if view.given(*keys)]
        build = next((keys for keys in given if keys[-1] == "build"), ())
        of_node = any(keys[-1] == "tag" and keys[: len(entry)] == entry for keys in given)
        if build and number != view.get(*build) and not (of_node and build[: len(entry)] != entry):
            message = f"the tag {container.image.tag} says {number}, and wins"
            yield Violation(build, message, "take build out, or write the same number")


@rule("versions/wrong-variant")
@per_container
def variants(container: ContainerSubject) -> Iterator[Violation]:
    """The tag of an image is of a kind for its place."""
    image, message, fix = container.image, "", ""
    parts = image.tag.split("-")
    if container.program == "llama-server" and image.name.endswith("ggml-org/llama.cpp"):
        message, fix = _llama(container, parts)
    elif image.name.endswith("vllm/vllm-openai") and re.match(r"\d", image.tag):
        message, fix = f"vLLM has no tag {image.tag}", f"write v{image.tag}"
    elif container.program == "speaches" and image.name.endswith("speaches") and "cuda" in parts:
        message, fix = "on arm64 this image recognises speech on the CPU all the same", "take a -cpu tag"
    if message:
        yield Violation(container.place("image", "tag"), message, fix)


def _llama(container: ContainerSubject, parts: list[str]) -> tuple[str, str]:
    """What is wrong with the parts of a tag of llama.cpp's own image, and the right tag; "" for nothing."""
    view, tag = container.view, container.image.tag
    backend, build = (view.effective(container.key, name) for name in ("backend", "build"))
    message = ""
    if parts[0] in ("full", "light") and not view.effective(container.key, "command"):
        message = f"{tag} does not start llama-server"
    elif OTHER[backend] in parts or any(kind in parts for kind in FOREIGN) or backend not in parts:
        message = f"{tag} is not the {backend} build"
    elif any(part.lstrip("Bb").isdigit() for part in parts) and not build_of_tag(tag):
        message = f"llama.cpp has no tag {tag}"
    return message, f'write "" or server-{backend}-b{build}'
