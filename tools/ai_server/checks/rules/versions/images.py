"""The versions of images."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from ai_server.checks.core.model import Violation, not_checked
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.facts.pins import build_of_tag
from ai_server.checks.subjects.nodes import accelerator
from ai_server.checks.subjects.page_data import page_env, postgres
from ai_server.checks.subjects.per import per_container
from ai_server.checks.subjects.pods import ContainerSubject, containers
from ai_server.kube.boards import LLAMA_CPP, image_for, images
from ai_server.paths import CHART
from ai_server.reading.yamlfile import read_values

MOVES = re.compile(
    r"(latest|main|master|dev|edge|nightly|stable|lts|rolling|cuda|cuda126|ollama|slim|full|light|server)"
    r"([-_](latest|stable|slim|cuda|cuda[0-9.]+|cpu|rocm|vulkan|nightly|jetson-thor|intel))*|.*[-_]latest([-_].*)?|rocm-[0-9.]+|vulkan-[a-z]+"
)
NEWER_CUDA = 13
"""The CUDA that Thor and DGX Spark need."""
NO_CUDA_SPEECH = {
    "thor": "on arm64 this image uses the CPU for speech anyway",
    "rocm": "this image uses NVIDIA GPUs only",
}
"""What is wrong with Speaches' CUDA image, by the component: the machines of gpu may be right for it."""
OF_OTHERS = {"musa", "openvino", "cpu"}
"""Words in tags for hardware that the chart does not know, or that llama.cpp's tags do not have."""


@rule("versions/floating-tag")
@per_container
def tags(container: ContainerSubject) -> Iterator[Violation]:
    """Looks for tags that move, on images without a digest."""
    image = container.image
    if not image.digest and MOVES.fullmatch(image.tag):
        message = f"{image.tag} moves: the same pod may run a different version tomorrow"
        yield Violation(container.place("image", "tag"), message, "use a tag with a version")


@rule("versions/digest-twice")
def digests(view: RenderView) -> Iterator[Violation]:
    """Compares the digests of different repositories."""
    seen: dict[str, str] = {}
    for container in containers(view):
        image = container.image
        if image.digest and seen.setdefault(image.digest, image.name) != image.name:
            message = f"this is also the digest of {seen[image.digest]}"
            yield Violation(container.place("image", "digest"), message, "use the digest of this image")


@rule("versions/known-bad")
def known_bad(view: RenderView) -> Iterator[Violation]:
    """Looks for a version in the tag of each program on the chart's list; the chart itself compares it."""
    version, ranges = known()
    # nobody needs to hear about the chart's own tags
    images = {container.image for container in containers(view) if container.around("image", "tag") != container.key}
    tags = [
        f"{name}:{tag}"
        for name, tag in sorted({(image.name, image.tag) for image in images})
        if any(repository.search(name) for repository in ranges) and not version.search(tag)
    ]
    if tags:
        subject, verb = (
            ("tag", "has no version, so it was") if len(tags) == 1 else ("tags", "have no version, so they were")
        )
        yield not_checked(f"the {subject} {', '.join(tags)} {verb} not compared with the list of known bad versions")


@cache
def known() -> tuple[re.Pattern[str], list[re.Pattern[str]]]:
    """From the list: the form of a version in a tag, and the repositories with a range of bad versions."""
    listed: dict[str, Any] = read_values(CHART / "files" / "known-bad-versions.yaml").values
    ranges = dict.fromkeys(entry["repository"] for entry in listed["versions"] if "range" in entry)
    return re.compile(listed["version"]), [re.compile(repository) for repository in ranges]


@rule("versions/slim-documents")
def documents(view: RenderView) -> Iterator[Violation]:
    """Looks for a PostgreSQL server where a slim image searches documents."""
    env = page_env(view)
    for container in containers(view):
        slim = container.program == "openwebui" and "slim" in container.image.tag
        if slim and "RAG_EMBEDDING_MODEL" in env and not postgres(env, "PGVECTOR_DB_URL", "DATABASE_URL"):
            yield Violation(container.place("image", "tag"), "document uploads fail with this image")


@rule("versions/build-and-tag")
@per_container
def builds(container: ContainerSubject) -> Iterator[Violation]:
    """Compares build with the tag, which wins; a node's own tag is meant to override build of all nodes."""
    number = build_of_tag(container.image.tag) if container.program == "llama-server" else None
    if number is not None:
        view, entry = container.view, container.key
        given = [keys for keys in container.keys("image", "tag") if view.given(*keys)]
        build = next((keys for keys in given if keys[-1] == "build"), ())
        of_node = any(keys[-1] == "tag" and keys[: len(entry)] == entry for keys in given)
        if build and number != view.get(*build) and not (of_node and build[: len(entry)] != entry):
            message = f"the tag {container.image.tag} has build {number}, and wins"
            yield Violation(build, message, "remove build, or use the same number")


@rule("versions/wrong-variant")
@per_container
def variants(container: ContainerSubject) -> Iterator[Violation]:
    """Compares the variant in a tag with the program and the processor."""
    image, message, fix = container.image, "", ""
    parts = image.tag.split("-")
    if container.program == "llama-server" and image.name.endswith(LLAMA_CPP):
        yield from _llama(container, parts)
    elif image.name.endswith("vllm/vllm-openai") and re.match(r"\d", image.tag):
        message, fix = f"vLLM has no tag {image.tag}", f"use v{image.tag}"
    elif container.program == "speaches" and image.name.endswith("speaches") and "cuda" in parts:
        message, fix = NO_CUDA_SPEECH.get(str(container.key[0]), ""), "use a -cpu tag"
    if message:
        yield Violation(container.place("image", "tag"), message, fix)


def _llama(container: ContainerSubject, parts: list[str]) -> Iterator[Violation]:
    """Compares a tag of llama.cpp's own image; the fix keeps the build that it names."""
    view, tag = container.view, container.image.tag
    cuda, build = (int(view.effective(container.key, key)) for key in ("cudaVersion", "build"))
    wanted = image_for(accelerator(view, container.key), cuda)
    fitting = {image.word for image in images().values() if image.accelerator == wanted.accelerator}
    foreign = {image.word for image in images().values()} | OF_OTHERS
    message = ""
    if parts[0] in ("full", "light") and not view.effective(container.key, "command"):
        message = f"{tag} does not start llama-server"
    elif fitting.isdisjoint(parts) or not foreign.isdisjoint(set(parts) - fitting - {"server"}):
        message = f"{tag} is not the {wanted.word} build"
    elif wanted.cuda == NEWER_CUDA and wanted.word not in parts:
        message = f"{tag} has an older CUDA than cudaVersion: {cuda}"
    elif any(part.lstrip("Bb").isdecimal() for part in parts) and not build_of_tag(tag):
        message = f"llama.cpp has no tag {tag}"
    if message:
        others = {image.accelerator for image in images().values() if image.word in parts} - {wanted.accelerator}
        other = f"; for {others.pop()}, set accelerator, and no tag" if len(others) == 1 else ""
        violation = Violation(container.place("image", "tag"), message, f'use "" or {wanted.name}-b{build}{other}')
        number = next((part.lstrip("Bb") for part in parts if re.fullmatch(r"[Bb]?\d{4,}", part)), "")
        # who names an image for Vulkan may have meant to set the backend
        if number:
            kept = violation.use(f"{wanted.name}-b{number}", certain="vulkan" not in parts)
            violation = replace(kept, fix=f"{kept.fix}{other}")
        yield violation
