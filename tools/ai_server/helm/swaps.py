"""llama-servers that serve more models than they keep in memory, as rendered."""

from collections.abc import Iterator
from configparser import ConfigParser

from ai_server.kube.manifests import Manifests

MOST = "--models-max"


def swaps(manifests: Manifests) -> Iterator[str]:
    """A sentence for each llama-server that has to remove one model from memory to load another."""
    for pod in manifests.running():
        for container in pod.containers(init=False):
            arguments = container.get("args") or []
            if container["name"] == "llama-server" and MOST in arguments:
                most = int(arguments[arguments.index(MOST) + 1])
                models = _models(manifests.get("ConfigMap", pod.config_map("presets"))["data"]["models.ini"])
                if 0 < most < len(models):
                    first = ", ".join(model for model, loads in models.items() if loads) or "none"
                    yield (
                        f"{pod.name} keeps {most} of its {len(models)} models in memory (modelsMax), at first {first}; "
                        "a request for another model waits until it is loaded in place of the least recently used"
                    )


def _models(presets: str) -> dict[str, bool]:
    """The models of a models.ini, and whether each is loaded at the start."""
    parser = ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=(";",), strict=False)
    parser.read_string("[top]\n" + presets)
    return {name: parser[name]["load-on-startup"] == "true" for name in parser.sections() if name != "top"}
