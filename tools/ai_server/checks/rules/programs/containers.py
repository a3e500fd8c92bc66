"""Container commands that an image cannot start, and Service variables."""

from collections.abc import Iterator

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.per import per_pod
from ai_server.checks.subjects.pods import PodSubject
from ai_server.checks.subjects.programs import programs

WITHOUT_ENTRYPOINT = "amd-strix-halo-toolboxes"
"""kyuz0's README: CMD is bash."""
OF_LLAMA_CPP = "ggml-org/llama.cpp:"
"""Its .devops/rocm.Dockerfile puts llama-server into /app, which is not on the PATH."""


@rule("programs/command")
def command(view: RenderView) -> Iterator[Violation]:
    """Checks the first word of each command: whether it has a space, is missing, or is not in the image."""
    for server in programs(view):
        image, keys = str(server.container.get("image", "")), server.setting("command")
        first = next(iter(server.container.get("command") or []), "")
        if " " in first.strip():
            words = ", ".join(first.split())
            yield Violation(keys, f'"{first}" is a single word here, including the space', f"use [{words}]")
        elif not server.container.get("command") and WITHOUT_ENTRYPOINT in image:
            yield Violation(keys, f"{image} starts a shell unless a command is set", "set it to [llama-server]")
        elif first == "llama-server" and OF_LLAMA_CPP in image:
            fix = "use [/app/llama-server], or omit command"
            yield Violation(keys, "llama-server is not on the PATH of the image", fix)


@rule("programs/service-links")
@per_pod
def service_links(pod: PodSubject) -> Iterator[Violation]:
    """Looks for enableServiceLinks, which Kubernetes turns on by default, in the chart's pods."""
    if not pod.workload.extra and pod.spec.get("enableServiceLinks", True):
        yield Violation(pod.key, f"{pod.identity} gets a variable for each Service", "please report it")
