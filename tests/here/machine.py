"""A rendered pod on this machine, where it listens on free ports and reaches other pods at given addresses.

`ai_server.local.container` moves the files and fills in the Secrets; tests that run together also need ports and addresses:

| in the pod | here | because |
|---|---|---|
| a port: after `--port`, in variables named PORT, in 127.0.0.1:PORT | a free port | others may listen on it |
| a value from a Secret | the same for all | Secrets are in the cluster |
| SERVICE:PORT of the release | a given HOST:PORT, else one where nothing listens | the cluster's DNS has the name |
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ai_server.kube.manifests import Manifests, Object, Pod
from ai_server.local.container import Process, Program, process
from ai_server.local.ports import any_free_port

KEY = "sk-of-a-test"
NOWHERE = "127.0.0.1:9"
"""Nothing listens on the port for discarded data."""


@dataclass(frozen=True)
class LocalPod:
    """A pod of a render, on this machine; manifests and pod are copies with other ports and addresses."""

    manifests: Manifests
    pod: Pod
    base: Path

    def container(self, name: str) -> Object:
        """The container of that name."""
        [container] = [item for item in self.pod.containers() if item["name"] == name]
        return container

    def process(self, name: str, program: Program | None = None) -> Process:
        """The process of a container, with its files written; without a program, its command is the arguments alone."""
        container = self.container(name)
        nothing = program or Program(())
        return process(self.manifests, self.pod, container, nothing, below=self.base / name, secrets=_secrets(self.pod))

    def command(self, name: str) -> list[str]:
        """The command that a container has in place of its image's, with the paths of this machine."""
        container = self.container(name)
        as_arguments = {**container, "args": container.get("command") or []}
        below, secrets = self.base / name, _secrets(self.pod)
        return process(self.manifests, self.pod, as_arguments, Program(()), below=below, secrets=secrets).command

    def variables(self, name: str) -> set[str]:
        """The names of the variables that the chart renders, without those with a field of the pod."""
        variables = self.container(name).get("env") or []
        return {item["name"] for item in variables if "fieldRef" not in (item.get("valueFrom") or {})}

    def files(self, name: str) -> list[Path]:
        """The files of the ConfigMaps in a container."""
        return [file for file in (self.base / name).rglob("*") if file.suffix in (".ini", ".yaml")]


def pods_with(manifests: Manifests, name: str) -> list[Pod]:
    """The pods that run a container of that name."""
    return [pod for pod in manifests.running() if any(item["name"] == name for item in pod.containers(init=False))]


def local_pod_with(manifests: Manifests, name: str, base: Path, addresses: Mapping[str, str] | None = None) -> LocalPod:
    """The only pod with a container of that name, on this machine."""
    [pod] = pods_with(manifests, name)
    return local_pod(manifests, pod, base, addresses)


def local_pod(manifests: Manifests, pod: Pod, base: Path, addresses: Mapping[str, str] | None = None) -> LocalPod:
    """A pod on this machine. base: the folder for its files; addresses: HOST:PORT by SERVICE:PORT."""
    own = {port["containerPort"] for container in pod.containers() for port in container.get("ports") or []}
    ports = {str(port): str(any_free_port()) for port in sorted(own)}
    here = {f"127.0.0.1:{port}": f"127.0.0.1:{free}" for port, free in ports.items()}
    services = dict.fromkeys(_services(manifests), NOWHERE)
    assert set(addresses or {}) <= set(services), f"the release has only {sorted(services)}"
    services.update(addresses or {})
    copy = Manifests(json.loads(_replaced(json.dumps(list(manifests)), {**services, **here})))
    moved = copy.pod(pod.name)
    for container in moved.containers():
        _listen(container, ports)
    return LocalPod(copy, moved, base)


def _services(manifests: Manifests) -> Iterator[str]:
    for service in manifests.of_kind("Service"):
        for port in service["spec"]["ports"]:
            yield f"{service['metadata']['name']}:{port['port']}"


def _replaced(text: str, addresses: Mapping[str, str]) -> str:
    """A text with other addresses."""
    longest_first = sorted(addresses, key=len, reverse=True)
    pattern = rf"(?<![\w.-])({'|'.join(map(re.escape, longest_first))})(?!\d)"
    return re.sub(pattern, lambda match: addresses[match[1]], text)


def _listen(container: Object, ports: Mapping[str, str]) -> None:
    """Makes a container listen on other ports."""
    words = container.get("args") or []
    after = zip(["", *words], words, strict=False)
    container["args"] = [ports.get(word, word) if before == "--port" else word for before, word in after]
    for variable in container.get("env") or []:
        if variable["name"].endswith("PORT"):
            variable["value"] = ports.get(variable.get("value", ""), variable.get("value", ""))
    for port in container.get("ports") or []:
        port["containerPort"] = int(ports[str(port["containerPort"])])


def _secrets(pod: Pod) -> dict[str, dict[str, str]]:
    """Every key of a Secret that a container reads."""
    secrets: dict[str, dict[str, str]] = {}
    for container in pod.containers():
        for variable in container.get("env") or []:
            if reference := (variable.get("valueFrom") or {}).get("secretKeyRef"):
                secrets.setdefault(reference["name"], {})[reference["key"]] = KEY
    return secrets
