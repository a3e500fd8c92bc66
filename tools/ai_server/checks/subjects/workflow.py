"""A workflow of ComfyUI in the format of its API: nodes whose inputs are values, or links to outputs of other nodes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ai_server.checks import facts
from ai_server.near import choice

NUMBERS = ("INT", "FLOAT")
ANY = ("", "*", "COMBO")


@dataclass(frozen=True)
class Node:
    """A node of a workflow, and what facts/comfyui_nodes.yaml knows about its class."""

    name: str
    class_type: str
    inputs: Mapping[str, Any]

    def __str__(self) -> str:
        return f"node {self.name} ({self.class_type})"

    @property
    def known(self) -> Mapping[str, Any]:
        """Its class; {} for one of comfy_extras, or of third parties."""
        known: Mapping[str, Any] = facts.table("comfyui_nodes")["nodes"].get(self.class_type, {})
        return known

    def type_of(self, name: str) -> str:
        """The type of an input; "" if it is not known."""
        return str(self.known.get("inputs", {}).get(name, ""))

    def has(self, name: str) -> bool:
        """Whether it has an input: in the workflow, or by its class."""
        return name in self.inputs or bool(self.type_of(name))

    @property
    def input_names(self) -> list[str]:
        """The names of its inputs that are no links."""
        links = [name for name, value in self.inputs.items() if isinstance(value, list)]
        return [name for name in {**self.known.get("inputs", {}), **self.inputs} if name not in links]


def nodes_of(parsed: Mapping[str, Any]) -> dict[str, Node]:
    """The nodes of a workflow by their names."""
    return {
        name: Node(name, str(node["class_type"]), inputs if isinstance(inputs := node.get("inputs"), dict) else {})
        for name, node in parsed.items()
    }


def problems(nodes: Mapping[str, Node], written: set[tuple[str, str]]) -> Iterator[str]:
    """Why ComfyUI would reject a workflow; written: the inputs, by node and name, that Open WebUI writes."""
    for node in nodes.values():
        if near := _misspelt(node.class_type):
            yield f"{node}: ComfyUI has no such node; did you mean {near}?"
        optional = node.known.get("optional", [])
        for name in node.known.get("inputs", {}):
            if name not in node.inputs and name not in optional and (node.name, name) not in written:
                yield f"{node} lacks its input {name}"
        for name, value in node.inputs.items():
            if (node.name, name) not in written:
                yield from _wrong_input(nodes, node, name, value)


def _misspelt(class_type: str) -> str:
    """The class that was probably meant instead of an unknown one, which a third party may have added."""
    table = facts.table("comfyui_nodes")
    names = [*table["nodes"], *table["others"]]
    return "" if class_type in names else choice(class_type, names)


def _wrong_input(nodes: Mapping[str, Node], node: Node, name: str, value: Any) -> Iterator[str]:
    wanted = node.type_of(name)
    if isinstance(value, list):
        link = len(value) == 2 and isinstance(value[0], str) and type(value[1]) is int
        if link and value[0] not in nodes:
            yield f"input {name} of {node} comes from node {value[0]}, which the workflow does not have"
        elif link:
            yield from _wrong_link(nodes[value[0]], value[1], node, name)
        elif wanted or (value and str(value[0]) in nodes):
            yield f'input {name} of {node} is a list, but not a link such as ["{next(iter(nodes))}", 0]'
    elif wanted in NUMBERS and not _is_number(value):
        yield f'input {name} of {node} is "{value}", which is not a number'
    elif wanted and wanted not in (*ANY, *NUMBERS, "STRING", "BOOLEAN"):
        yield f"input {name} of {node} is a value, but must be a link to a node with the output {wanted}"


def _wrong_link(source: Node, output: int, node: Node, name: str) -> Iterator[str]:
    outputs = source.known.get("outputs")
    if outputs is None:
        return
    if not 0 <= output < len(outputs):
        yield f"input {name} of {node} is output {output} of {source}, whose outputs are {_counted(outputs)}"
        return
    wanted, given = node.type_of(name), outputs[output]
    if given not in ANY and wanted not in (*ANY, given):
        yield f"input {name} of {node} must be {wanted}, but output {output} of {source} is {given}"


def _counted(outputs: list[str]) -> str:
    return ", ".join(f"{number} ({kind})" for number, kind in enumerate(outputs)) or "none"


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True
