"""Which workflows ComfyUI accepts: its own nodes, from the data file of the checks, and the errors of execution.py."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mocks.flags import FOLDER
from mocks.server import Refusal

OUTPUTS = ("SaveImage", "PreviewImage")
NODE = re.compile(r"  (\w+): \{inputs: \{(.*?)\}(?:, optional: \[(.*?)\])?(?:, outputs: \[(.*?)\])?\}")
NUMBERS = {"INT": int, "FLOAT": float}


@dataclass(frozen=True)
class Node:
    """A kind of node: the types of its inputs by name, those that must be there, and the types of its outputs."""

    inputs: dict[str, str]
    required: list[str]
    outputs: list[str]


def known() -> tuple[dict[str, Node], set[str]]:
    """The nodes with their inputs, and the names of the others."""
    text, _, others = (FOLDER / "comfyui_nodes.yaml").read_text().partition("\nothers: [")
    nodes = {}
    for name, inputs, optional, outputs in NODE.findall(text):
        types = dict(pair.split(": ") for pair in inputs.split(", "))
        nodes[name] = Node(types, [key for key in types if key not in optional.split(", ")], outputs.split(", "))
    return nodes, {name.strip() for name in others.partition("]")[0].split(",")}


class Workflow:
    """A prompt, as a client sends it. `errors` has the errors of each node, and `outputs` the nodes that can run."""

    def __init__(self, prompt: dict, checkpoints: list[str]) -> None:
        self.prompt, self.checkpoints = prompt, checkpoints
        self.nodes, others = known()
        for name, node in prompt.items():
            if "class_type" not in node:
                raise _invalid(name, "Cannot execute because a node is missing the class_type property.")
            if node["class_type"] not in (*self.nodes, *others):
                raise _invalid(name, f"Cannot execute because node {node['class_type']} does not exist.")
        self.targets = [name for name, node in prompt.items() if node["class_type"] in OUTPUTS]
        if not self.targets:
            raise _refused("prompt_no_outputs", "Prompt has no outputs", "", {})
        seen: dict[str, list[dict]] = {}
        for name in self.targets:
            self._look_at(name, seen)
        self.errors = {name: errors for name, errors in seen.items() if errors}
        self.outputs = [name for name in self.targets if not self._broken(name)]
        if not self.outputs:
            lines = [
                f"{error['message']}: {error['details']}"
                for name in self.targets
                for error in self.errors.get(name, [])
            ]
            message = "Prompt outputs failed validation"
            raise _refused("prompt_outputs_failed_validation", message, "\n".join(lines), self.node_errors())

    def order(self, name: str) -> list[str]:
        """A node, after all those that it needs."""
        inputs = self.prompt[name].get("inputs", {}).values()
        needed = [before for value in inputs if _is_link(value) for before in self.order(value[0])]
        return list(dict.fromkeys([*needed, name]))

    def node_errors(self) -> dict:
        """The errors of each node, with the outputs that depend on it."""
        return {
            name: {
                "errors": errors,
                "dependent_outputs": [output for output in self.targets if name in self.order(output)],
                "class_type": self.prompt[name]["class_type"],
            }
            for name, errors in self.errors.items()
        }

    def _broken(self, output: str) -> bool:
        return any(name in self.errors for name in self.order(output))

    def _look_at(self, name: str, seen: dict[str, list[dict]]) -> None:
        """Looks at a node and those that it needs, but not at one whose output has the wrong type."""
        if name in seen:
            return
        node = self.prompt[name]
        seen[name] = list(self._errors(node))
        wrong = [error["extra_info"].get("linked_node") for error in seen[name]]
        for value in node.get("inputs", {}).values():
            if _is_link(value) and value not in wrong:
                self._look_at(value[0], seen)

    def _errors(self, node: dict) -> Iterator[dict]:
        kind = self.nodes.get(node["class_type"])
        inputs = node.get("inputs", {})
        for key, wanted in kind.inputs.items() if kind else ():
            if key not in inputs:
                if key in kind.required:
                    yield _error("required_input_missing", "Required input is missing", key, {"input_name": key})
                continue
            value = inputs[key]
            about = {"input_name": key, "input_config": [wanted, {}]}
            if _is_link(value):
                given = self._type_of(value)
                if given not in (None, wanted):
                    details = f"{key}, received_type({given}) mismatch input_type({wanted})"
                    extra = {**about, "received_type": given, "linked_node": value}
                    yield _error("return_type_mismatch", "Return type mismatch between linked nodes", details, extra)
            elif wanted in NUMBERS:
                try:
                    NUMBERS[wanted](value)
                except (TypeError, ValueError) as problem:
                    extra = {**about, "received_value": value, "exception_message": str(problem)}
                    message = f"Failed to convert an input value to a {wanted} value"
                    yield _error("invalid_input_type", message, f"{key}, {value}, {problem}", extra)
            elif key == "ckpt_name" and value not in self.checkpoints:
                about["input_config"] = [self.checkpoints, {}]
                details = f"{key}: '{value}' not in {self.checkpoints}"
                yield _error("value_not_in_list", "Value not in list", details, {**about, "received_value": value})

    def _type_of(self, link: list) -> str | None:
        kind = self.nodes.get(self.prompt.get(link[0], {}).get("class_type", ""))
        return kind.outputs[link[1]] if kind and link[1] < len(kind.outputs) else None


def _is_link(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2


def _error(kind: str, message: str, details: str, extra: dict) -> dict:
    return {"type": kind, "message": message, "details": details, "extra_info": extra}


def _refused(kind: str, message: str, details: str, nodes: dict) -> Refusal:
    return Refusal(400, {"error": _error(kind, message, details, {}), "node_errors": nodes})


def _invalid(name: str, message: str) -> Refusal:
    return _refused("invalid_prompt", message, f"Node ID '#{name}'", {})
