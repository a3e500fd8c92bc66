"""A mount that hides the program it is for."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.extras import FOLDERS, folder, mount_key
from ai_server.checks.subjects.programs import PROGRAMS

SYSTEM = {"/", "/bin", "/sbin", "/lib", "/lib64", "/usr", "/usr/bin", "/usr/lib", "/etc", "/proc", "/sys", "/dev"}
OWN = {
    "llama-server": {"/app"},
    "litellm": {"/app"},
    "openwebui": {"/app", "/app/backend"},
    "comfyui": {"/opt", "/opt/ComfyUI"},
    "speech": {"/home", "/home/ubuntu", "/home/ubuntu/speaches"},
    "vllm": {"/usr/local", "/usr/local/bin", "/usr/local/lib"},
}
"""The working folders of the images, by their Dockerfiles."""


@rule("kubernetes/mount-over-program")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each mount at such a folder, or above it."""
    for pod in view.manifests.running():
        for container in pod.containers(init=False):
            name = container["name"]
            for mount in container.get("volumeMounts") or [] if name in PROGRAMS else []:
                view.count("mounts against programs")
                path = folder(mount)
                # of the node's own folders cluster/host-path says it
                if path in SYSTEM | OWN[name] and mount["name"] not in FOLDERS:
                    what = "the program itself" if path in OWN[name] else "a part of the system"
                    keys = mount_key(view, pod, container, mount)
                    yield Violation(keys, f"a mount at {path} hides {what}", "mount it at a folder of its own", at=name)
