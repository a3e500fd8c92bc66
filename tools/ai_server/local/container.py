"""A container of a render as a process on this machine: its command, environment and files, below a folder."""

import platform
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ai_server.errors import UserError
from ai_server.kube.manifests import Manifests, Object, Pod, folder

Secrets = Mapping[str, Mapping[str, str]]
"""The keys of each Secret, by its name."""
NOT_IN_A_PATH = r"(?:(?<![\w./-])|(?<=://)|(?<=:///))"
"""Before a path: http://host/tmp has none, file:///tmp and sqlite:////tmp have one."""


@dataclass(frozen=True)
class Program:
    """What an image supplies: the command, which also replaces a container's own, and variables of the environment.

    As in arguments of containers, $(PORT) is the value of that variable.
    """

    command: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Process:
    """A process that stands for a container: what to start, with which environment, and the port that it listens on.

    folder is where its mounts are, and its working folder.
    """

    command: list[str]
    env: dict[str, str]
    port: int
    folder: Path


def litellm(python: Path) -> Program:
    """LiteLLM's image, from a Python that has its packages; listens on this machine only."""
    return Program((str(python), str(python.with_name("litellm")), "--host", "127.0.0.1"))


def openwebui(python: Path) -> Program:
    """Open WebUI's image and its start.sh, from a Python that has its packages; listens on this machine only."""
    server = ("-m", "uvicorn", "open_webui.main:app", "--host", "127.0.0.1", "--port", "$(PORT)")
    command = (str(python), *server, "--forwarded-allow-ips", "*", "--workers", "1")
    # FROM_INIT_PY: the page is where the package has it, not in the image's /app/build
    return Program(command, {"ENV": "prod", "PORT": "8080", "FROM_INIT_PY": "true"})


def process(
    manifests: Manifests,
    pod: Pod,
    container: Object,
    program: Program,
    *,
    below: Path,
    secrets: Secrets,
    places: Mapping[str, Path] | None = None,
) -> Process:
    """The process of a container, whose files are written below a folder.

    A mount is the folder of its path below that one, or the one in places; the paths in arguments, variables and files
    follow it. UserError if a Secret is missing.
    """
    mounts = _mounts(pod, container, below, places or {})
    env = {**program.env, **dict(_from_objects(manifests, container, secrets)), **dict(_env(container, secrets))}
    env = {name: _moved(value, mounts) for name, value in env.items()}
    for mount in container.get("volumeMounts") or []:
        _fill(manifests, pod, mount, mounts)
    if "/tmp" in mounts:
        env.setdefault("TMPDIR", str(mounts["/tmp"]))
    arguments = [_moved(str(argument), mounts) for argument in container.get("args") or []]
    ports = container.get("ports") or [{"containerPort": 0}]
    return Process(
        [_expanded(part, env) for part in (*program.command, *arguments)], env, int(ports[0]["containerPort"]), below
    )


def _mounts(pod: Pod, container: Object, below: Path, places: Mapping[str, Path]) -> dict[str, Path]:
    """Where each mounted path of a container is on this machine, longest path first."""
    paths = sorted((folder(mount) for mount in container.get("volumeMounts") or []), key=len, reverse=True)
    return {path: places.get(path, below / path.lstrip("/")) for path in paths}


def _moved(text: str, mounts: Mapping[str, Path]) -> str:
    """A text whose mounted paths are those of this machine."""
    if not mounts:
        return text
    paths = "|".join(map(re.escape, mounts))
    return re.sub(rf"{NOT_IN_A_PATH}({paths})(?![\w.-])", lambda match: str(mounts[match[1]]), text)


def _fill(manifests: Manifests, pod: Pod, mount: Object, mounts: Mapping[str, Path]) -> None:
    """Makes the folder of a mount, with the files of its ConfigMap if it is of one that the release renders."""
    target = mounts[folder(mount)]
    volume = next(item for item in pod.spec.get("volumes") or [] if item["name"] == mount["name"])
    name = pod.config_map(mount["name"])
    if not name or not manifests.has("ConfigMap", name):
        target.mkdir(parents=True, exist_ok=True)
        return
    files = {key: _moved(str(text), mounts) for key, text in _data(manifests, name).items()}
    chosen = {item["key"]: item["path"] for item in volume["configMap"].get("items") or []}
    if chosen:
        files = {path: files[key] for key, path in chosen.items()}
    if "subPath" in mount:
        target, files = target.parent, {target.name: files[mount["subPath"]]}
    for path, text in files.items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_text(text, encoding="utf-8")


def _from_objects(manifests: Manifests, container: Object, secrets: Secrets) -> Iterator[tuple[str, str]]:
    """The variables of envFrom."""
    for source in container.get("envFrom") or []:
        config_map, secret = source.get("configMapRef"), source.get("secretRef")
        if config_map and manifests.has("ConfigMap", config_map["name"]):
            data: Mapping[str, object] = _data(manifests, config_map["name"])
        elif secret and secret["name"] in secrets:
            data = secrets[secret["name"]]
        elif (config_map or secret or {}).get("optional"):
            continue
        else:
            kind = "ConfigMap" if config_map else "Secret"
            raise UserError(f"{container['name']} needs the {kind} {(config_map or secret)['name']}", code=1)
        yield from ((source.get("prefix", "") + key, str(value)) for key, value in data.items())


def _env(container: Object, secrets: Secrets) -> Iterator[tuple[str, str]]:
    """The variables of env. Those of fields are this machine's name or address."""
    known: dict[str, str] = {}
    for variable in container.get("env") or []:
        source = variable.get("valueFrom") or {}
        if reference := source.get("secretKeyRef"):
            value = (secrets.get(reference["name"]) or {}).get(reference["key"])
            if value is None and not reference.get("optional"):
                name = f"{variable['name']} of {container['name']}"
                raise UserError(f"{name} needs the key {reference['key']} of the Secret {reference['name']}", code=1)
        elif "fieldRef" in source:
            value = "127.0.0.1" if source["fieldRef"]["fieldPath"].endswith("IP") else platform.node()
        else:
            value = None if source else _expanded(str(variable.get("value", "")), known)
        if value is not None:
            known[variable["name"]] = value
    yield from known.items()


def _expanded(text: str, env: Mapping[str, str]) -> str:
    """A text with the values of variables for $(NAME), as Kubernetes replaces them; $$(NAME) stays $(NAME)."""
    return re.sub(
        r"\$(\$\(\w+\))|\$\((\w+)\)",
        lambda match: match[1] or env.get(match[2], match[0]),
        text,
    )


def _data(manifests: Manifests, name: str) -> Mapping[str, object]:
    data: Mapping[str, object] = manifests.get("ConfigMap", name).get("data") or {}
    return data
