"""A build number beside a tag that says another."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.builds import build_of_tag
from ai_server.checks.subjects.images import images

RULE = Rule(
    "A build of llama.cpp that its tag contradicts",
    why="The build decides which flags the chart writes. A tag with a build, such as server-rocm-b11434, wins over it,"
    " so the other number says nothing.",
    wrong="rocm:\n  build: 11000\n  image: {tag: server-rocm-b11434}",
    right="rocm:\n  image: {tag: server-rocm-b11434}",
)


def check(context: Context) -> Iterator[Found]:
    """A finding for each llama-server whose build was written and is not that of its tag."""
    for image in images(context):
        if image.container != "llama-server":
            continue
        keys = context.setting(image.owner, "build")
        tag = context.setting(image.owner, "image", "tag")
        if tag[: len(image.owner)] == image.owner != keys[: len(image.owner)]:
            continue  # a node's own tag is meant to win over the build of all
        number = build_of_tag(image.tag)
        if context.given(*keys) and number is not None and number != context.effective(image.owner, "build"):
            context.count("builds")
            yield Found(
                keys, f"the tag {image.tag} says {number}, and wins", "take build out, or write the same number"
            )
