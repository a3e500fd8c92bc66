"""A command that no image can start."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.programs import programs

WITHOUT_ENTRYPOINT = ("amd-strix-halo-toolboxes",)
"""kyuz0's README: CMD is bash."""
ELSEWHERE = {"ggml-org/llama.cpp": {"llama-server": "/app/llama-server"}}
"""Programs that are not on an image's PATH: llama.cpp's .devops/rocm.Dockerfile."""


@rule("programs/command")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each command whose first word holds a blank, is missing, or is not in the image."""
    for each in programs(view):
        view.count("commands")
        command, image = each.container.get("command") or [], str(each.container.get("image", ""))
        keys = each.key("command")
        if command and " " in command[0].strip():
            words = ", ".join(command[0].split())
            yield Violation(keys, f'"{command[0]}" is one word here, blank and all', f"write [{words}]")
        elif not command and any(name in image for name in WITHOUT_ENTRYPOINT):
            yield Violation(keys, f"{image} starts a shell unless it is told what to run", "write [llama-server]")
        for name, paths in ELSEWHERE.items():
            if command and f"{name}:" in image and command[0] in paths:
                message = f"{command[0]} is not on the image's path"
                yield Violation(keys, message, f"write [{paths[command[0]]}], or leave command out")
