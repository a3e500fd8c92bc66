"""cluster/architecture: an image runs on the processors of every node that its pod may go to."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from ai_server.checks.findings import Context, Finding, origin
from ai_server.manifests import Pod, identity
from ai_server.nodes import ARCH, labels, selected, untolerated


def check(context: Context) -> Iterator[Finding]:
    """A finding for each image that a possible node cannot run: it would fail with `exec format error`."""
    if context.facts is None or context.manifests is None:
        return
    unknown: set[str] = set()
    for pod in context.manifests.running():
        nodes = selected(pod, context.facts.of_kind("Node"))
        nodes = [node for node in nodes if not untolerated(node, pod.spec.get("tolerations") or [])]
        found = {arch for node in nodes if (arch := labels(node).get(ARCH))}
        for image in sorted({container["image"] for container in pod.containers()}):
            platforms = platforms_of(image)
            if platforms is None:
                unknown.add(image)
                continue
            context.count("images against processors")
            if found - set(platforms):
                yield _finding(context, pod, image, platforms, sorted(found - set(platforms)))
    if unknown:
        why = f"which processors these images are for: {', '.join(sorted(unknown))}"
        yield context.unchecked("cluster/architecture", why)


def platforms_of(image: str) -> list[str] | None:
    """The processors (amd64, arm64) that an image is built for; None where that is not known."""
    name, _, tag = image.partition("@")[0].rpartition(":")
    for entry in _known():
        if name.endswith(f"/{entry['image']}") and tag.startswith(entry["tag"]):
            platforms: list[str] = entry["platforms"]
            return platforms
    return None


def _finding(context: Context, pod: Pod, image: str, platforms: list[str], others: list[str]) -> Finding:
    kinds = ", ".join(others)
    message = f"{identity(pod.owner)} may go to {kinds} nodes, and {image} runs on {', '.join(platforms)} only"
    fix = f"pick nodes by pod.nodeSelector: {{{ARCH}: {platforms[0]}}}, or take an image for {kinds}"
    return context.finding("cluster/architecture", origin(pod.owner), message, fix)


@cache
def _known() -> list[dict[str, Any]]:
    import yaml

    entries: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("image_platforms.yaml").read_text())
    return entries
