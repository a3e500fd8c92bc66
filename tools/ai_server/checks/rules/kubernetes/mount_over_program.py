"""A mount that hides the program it is for."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.extras import FOLDERS, folder, mount_key
from ai_server.checks.subjects.running import PROGRAMS

RULE = Rule(
    "A mount that hides the program or the system of its image",
    why="A volume mounted at a folder hides what the image has there. llama-server, LiteLLM and Open WebUI live in"
    " /app, ComfyUI in /opt/ComfyUI, Speaches in /home/ubuntu/speaches: with another folder there the container cannot"
    " start, and neither can any without its /usr or /etc.",
    wrong="litellm:\n  extraVolumeMounts: [{name: litellm-tmp, mountPath: /app}]",
    right="litellm:\n  extraVolumeMounts: [{name: litellm-tmp, mountPath: /app/cache}]",
)
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


def check(context: Context) -> Iterator[Found]:
    """A finding for each mount at such a folder, or above it."""
    for pod in context.manifests.running() if context.manifests else []:
        for container in pod.containers(init=False):
            name = container["name"]
            for mount in container.get("volumeMounts") or [] if name in PROGRAMS else []:
                context.count("mounts against programs")
                path = folder(mount)
                # of the node's own folders cluster/host-path says it
                if path in SYSTEM | OWN[name] and mount["name"] not in FOLDERS:
                    what = "the program itself" if path in OWN[name] else "a part of the system"
                    keys = mount_key(context, pod, container, mount)
                    yield Found(keys, f"a mount at {path} hides {what}", "mount it at a folder of its own", at=name)
