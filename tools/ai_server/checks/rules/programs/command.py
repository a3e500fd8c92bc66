"""A command that no image can start."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.running import running

RULE = Rule(
    "A command that no image can start",
    why="Each item of a command is one word of it: with `vllm serve` as one item Kubernetes looks for a program of that"
    " name, blank included. kyuz0's toolboxes start a shell unless the command says llama-server; the official"
    " llama.cpp image has it as /app/llama-server.",
    wrong="thor:\n  vllm: {command: [vllm serve]}",
    right="thor:\n  vllm: {command: [vllm, serve]}",
)
WITHOUT_ENTRYPOINT = ("amd-strix-halo-toolboxes",)
"""kyuz0's README: CMD is bash."""
ELSEWHERE = {"ggml-org/llama.cpp": {"llama-server": "/app/llama-server"}}
"""Programs that are not on an image's PATH: llama.cpp's .devops/rocm.Dockerfile."""


def check(context: Context) -> Iterator[Found]:
    """A finding for each command whose first word holds a blank, is missing, or is not in the image."""
    for each in running(context):
        context.count("commands")
        command, image = each.container.get("command") or [], str(each.container.get("image", ""))
        keys = each.key("command")
        if command and " " in command[0].strip():
            words = ", ".join(command[0].split())
            yield Found(keys, f'"{command[0]}" is one word here, blank and all', f"write [{words}]")
        elif not command and any(name in image for name in WITHOUT_ENTRYPOINT):
            yield Found(keys, f"{image} starts a shell unless it is told what to run", "write [llama-server]")
        for name, programs in ELSEWHERE.items():
            if command and f"{name}:" in image and command[0] in programs:
                message = f"{command[0]} is not on the image's path"
                yield Found(keys, message, f"write [{programs[command[0]]}], or leave command out")
