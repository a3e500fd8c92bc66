"""The first values file of a new user, as text."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ai_server.kube.machines import Machine
from ai_server.reading.wording import enumerated

QUANTISATION = re.compile(r"[-_.](?:ud-)?(?:i?q\d\w*|f16|bf16|f32|mxfp4\w*|fp8)$")
PART = re.compile(r"-\d{5}-of-\d{5}$")
ENTRY = re.compile(r"[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?")
"""The name of an entry, as the schema has it."""
MOST_NAMED = 4
PLUGIN_HINT = "with the device plugin of the GPU's vendor, remove this line"


@dataclass(frozen=True)
class Group:
    """Nodes of one kind that serve the same model. plugin: whether a device plugin offers their GPUs; runtime_class:
    whether the cluster has the RuntimeClass nvidia.
    """

    nodes: tuple[str, ...]
    machine: Machine
    model: str
    render_group: int = 0
    plugin: bool = False
    runtime_class: bool = False

    @property
    def served(self) -> str:
        """The name of the model in the API: that of the file, without its quantisation."""
        name = self.model.rstrip("/").rpartition("/")[2].lower()
        name = PART.sub("", name.removesuffix(".gguf"))
        name = QUANTISATION.sub("", name) if not self.machine.runs_vllm else name
        return re.sub(r"[^a-z0-9._:-]", "-", name).strip("-._:") or "model"


def title(names: Sequence[str]) -> str:
    """Names in a sentence; of many, the first one and their number."""
    return enumerated(names) if len(names) <= MOST_NAMED else f"{names[0]} and {len(names) - 1} more"


def values_text(groups: Sequence[Group], *, host: str, ingress_class: str, schema: str) -> str:
    """A values file for groups of nodes. host: the name of the chat page; "" for no Ingress."""
    lines = [
        f"# yaml-language-server: $schema={schema}",
        "# Written by `ai-server init`; docs/values.md lists all keys.",
    ]
    for section in dict.fromkeys(group.machine.section for group in groups):
        lines += _section(section, [group for group in groups if group.machine.section == section])
    if host:
        class_name = f"className: {_flow(ingress_class)}, " if ingress_class else ""
        ingress = f"  ingress: {{enabled: true, {class_name}host: {_flow(host)}}}"
        lines += ["openwebui:", f"  url: {_flow(f'http://{host}')}", ingress]
    return "\n".join(lines) + "\n"


def _section(name: str, groups: Sequence[Group]) -> Iterator[str]:
    yield f"{name}:"
    models = {group.served: group.model for group in groups if not group.machine.runs_vllm}
    if models:
        yield "  models:  # files below /data/ai-models on the node"
        for model, file in models.items():
            yield f"    {_flow(model)}: {{file: {_flow(file)}, ctxSize: 32768}}"
    yield "  nodes:"
    for group in groups:
        for node in group.nodes:
            yield from _node(node, group, several=len(models) > 1)


def _node(name: str, group: Group, *, several: bool) -> Iterator[str]:
    lines = list(_settings(name, group, several=several))
    yield f"    {_flow(_entry(name))}:" + ("" if lines else " {}")
    for line in lines:
        yield f"      {line}"


def _settings(name: str, group: Group, *, several: bool) -> Iterator[str]:
    machine = group.machine
    if _entry(name) != name:
        yield f"node: {_flow(name)}"
    for key, value in machine.settings:
        yield f"{key}: {_flow(value)}"
    if machine.render_group:
        if not group.plugin:
            yield f"gpuAccess: privileged  # {PLUGIN_HINT}"
        yield f"renderGroup: {group.render_group}  # `stat -c %g /dev/dri/renderD128` on the node"
    if group.runtime_class and machine.section == "gpu":
        if not group.plugin:
            yield f"gpuAccess: runtimeClass  # {PLUGIN_HINT}"
        yield "pod: {runtimeClassName: nvidia}"
    if machine.runs_vllm:
        yield f"vllm: {{model: {_flow(group.model)}, servedNames: [{_flow(group.served)}]}}  # below /data/ai-models"
        yield "comfyui: {enabled: false}  # true: pictures"
        yield "speech: {enabled: false}  # true, with models: speech"
    elif several:
        yield f"serve: [{_flow(group.served)}]"


def _entry(node: str) -> str:
    """The name of a node's entry: its own, if the schema allows that."""
    if ENTRY.fullmatch(node):
        return node
    return re.sub(r"[^a-z0-9]+", "-", node.lower())[:32].strip("-")


def _flow(value: Any) -> str:
    from ai_server.reading.yamltext import flow

    return flow(value)
