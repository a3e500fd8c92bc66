"""programs/unknown-flag: vLLM and ComfyUI end at once at a flag that they do not know."""

from collections.abc import Iterator

from ai_server.checks.findings import Context, Finding, origin
from ai_server.flags import flags_of
from ai_server.manifests import identity

PROGRAMS = ("vllm", "comfyui")
"""Containers whose arguments are looked at: named as their programs."""


def check(context: Context) -> Iterator[Finding]:
    """A warning, since the image in values may be newer than the version that the flags were read from."""
    for pod in context.manifests.running() if context.manifests else []:
        for container in pod.containers(init=False):
            if container["name"] not in PROGRAMS:
                continue
            program = flags_of(container["name"])
            for argument in container.get("args") or []:
                if not argument.startswith("--"):
                    continue
                context.count("flags")
                if not program.knows(argument):
                    keys = (*origin(pod.owner)[:1], program.program, "extraArgs")
                    message = f"{identity(pod.owner)}: {program.program} {program.version} ends at {argument}"
                    fix = f"take {argument} out, or make sure that your image's version has it"
                    yield context.finding("programs/unknown-flag", keys, message, fix, severity="warning")
