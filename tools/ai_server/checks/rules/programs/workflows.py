"""The ComfyUI workflows of the chat page: their nodes, and those that Open WebUI writes to."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.checks.subjects.workflow import Node, nodes_of, problems
from ai_server.checks.subjects.workflow_nodes import Entry, entries, not_entries, written_by
from ai_server.near import choice
from ai_server.reading.profiles import Keys

SHOWN = ("SaveImage", "SaveImageAdvanced", "PreviewImage")
"""open_webui/utils/images/comfyui.py, 0.12.4."""
PREFIXES = ("", "IMAGES_EDIT_")
"""The prefixes of the variables for creating and for editing images."""
AGAIN = "export it again: Workflow > Export (API) in ComfyUI"


@rule("programs/workflow")
def workflow(view: RenderView) -> Iterator[Violation]:
    """Checks the format of each workflow, its graph, and the nodes that get values."""
    for server in programs(view, "openwebui"):
        for prefix in PREFIXES:
            variable = f"{prefix}COMFYUI_WORKFLOW"
            text = server.env.get(variable)
            if isinstance(text, str) and text:
                yield from _wrong_workflow(server, variable, text)
        yield from _model_of_nobody(view, server)


def _model_of_nobody(view: RenderView, server: ProgramContainer) -> Iterator[Violation]:
    """images.model with a workflow that does not get it, and loads another."""
    keys = ("openwebui", "images", "model")
    model, text = view.get(*keys), view.get("openwebui", "images", "workflow")
    written = entries(server.env.get("COMFYUI_WORKFLOW_NODES"))
    if model and text and written and model not in text and not any(entry.type == "model" for entry in written):
        message = "no entry of workflowNodes has the type model, so the workflow loads its own"
        fix = 'remove it, or add {type: model, key: ckpt_name, node_ids: ["4"]} with your node'
        yield Violation(keys, message, fix, severity="warning")


def _wrong_workflow(server: ProgramContainer, variable: str, text: str) -> Iterator[Violation]:
    keys, nodes_keys = server.env_key(variable), server.env_key(f"{variable}_NODES")
    try:
        parsed = json.loads(text)
    except ValueError as error:
        yield Violation(keys, f"the workflow is not valid JSON: {error}", AGAIN)
        return
    if message := _wrong_format(parsed):
        yield Violation(keys, message, AGAIN)
        return
    nodes, written = nodes_of(parsed), entries(server.env.get(f"{variable}_NODES"))
    if not any(node.class_type in SHOWN for node in nodes.values()):
        yield Violation(keys, f"none of its nodes outputs an image: {', '.join(SHOWN)}", "add a SaveImage node")
    if broken := list(problems(nodes, written_by(written))):
        more = f" (and {len(broken) - 1} more)" if len(broken) > 1 else ""
        yield Violation(keys, f"ComfyUI rejects the workflow: {broken[0]}{more}", f"correct it, or {AGAIN}")
    if problem := not_entries(server.env.get(f"{variable}_NODES")):
        yield Violation(nodes_keys, problem, 'use [{type: prompt, key: text, node_ids: ["6"]}]')
    yield from _wrong_entries(nodes_keys, written, nodes)
    if variable.startswith("IMAGES_EDIT_") and written and not any(entry.type == "image" for entry in written):
        fix = "add an entry with type image, the key of its input, and node_ids"
        yield Violation(nodes_keys, "none of these gets the picture that is to be edited", fix)


def _wrong_format(parsed: Any) -> str:
    """Why ComfyUI's API would reject a workflow before it looks at the nodes; "" for a map of nodes."""
    if not isinstance(parsed, dict) or isinstance(parsed.get("nodes"), list):
        return "the workflow is in the format of ComfyUI's page, which its API rejects"
    inner = next((name for name in ("prompt", "output") if _is_workflow(parsed.get(name))), "")
    if inner:
        return f"the nodes are below {inner}, but must be the workflow itself"
    broken = [name for name, node in parsed.items() if not isinstance(node, dict) or "class_type" not in node]
    return f"node {broken[0]} has no class_type" if broken else ""


def _is_workflow(value: Any) -> bool:
    nodes = value.values() if isinstance(value, dict) else []
    return bool(nodes) and all(isinstance(node, dict) and "class_type" in node for node in nodes)


def _wrong_entries(keys: Keys, written: list[Entry], nodes: Mapping[str, Node]) -> Iterator[Violation]:
    """What is wrong with workflowNodes."""
    types = {entry.type for entry in written}
    if written and "prompt" not in types and not any(entry.unknown_type for entry in written):
        fix = f"add {{type: prompt, key: text, node_ids: [...]}}; the workflow's nodes: {', '.join(sorted(nodes))}"
        yield Violation(keys, "none of these gets the prompt, so every image ignores it", fix)
    for entry in written:
        yield from _wrong_entry(keys, entry, nodes)


def _wrong_entry(keys: Keys, entry: Entry, nodes: Mapping[str, Node]) -> Iterator[Violation]:
    def at(*key: str) -> Keys:
        """A key of the entry; the variable itself if the nodes come from one."""
        return (*keys, entry.index, *key) if keys[-1] == "workflowNodes" else keys

    if entry.unknown_type:
        near = choice(entry.type, Entry.TYPES)
        violation = Violation(at("type"), "Open WebUI does not know this type", f"use one of {', '.join(Entry.TYPES)}")
        yield violation.use(near) if near and keys != at() else violation
    for name, near in entry.unknown_keys():
        yield Violation(at(name), f"Open WebUI does not read {name} here").move(at(near), certain=keys != at())
    if not isinstance(entry.written.get("key", ""), str | None):
        yield Violation(at("key"), "must be the name of an input of the node", "use a name, such as text")
    if not isinstance(entry.written.get("value", ""), str | None):
        message = f"{entry.written['value']} must be text: Open WebUI rejects it, and every picture fails"
        yield Violation(at("value"), message).use(str(entry.written["value"]))
    ids = entry.written.get("node_ids", [])
    if not isinstance(ids, list):
        yield Violation(at("node_ids"), "must be a list of nodes", f"use [{', '.join(sorted(nodes))}]")
    elif numbers := [name for name in ids if not isinstance(name, str)]:
        # pydantic makes no text of them: ComfyUINodeInput in open_webui/utils/images/comfyui.py
        message = f"{numbers[0]} is a number, and Open WebUI rejects it: every picture fails"
        yield Violation(at("node_ids"), message).use([str(name) for name in ids])
    elif missing := [name for name in ids if name not in nodes]:
        message = f"the workflow has no node {missing[0]}"
        yield Violation(at("node_ids"), message, f"its nodes: {', '.join(sorted(nodes))}")
    elif not ids and not list(entry.unknown_keys()):
        message = f"no node gets {entry.type or 'this value'}"
        yield Violation(at(), message, f"add node_ids with one of {', '.join(sorted(nodes))}")
    elif isinstance(entry.written.get("key", ""), str | None):
        yield from _wrong_inputs(at("key"), entry, [nodes[name] for name in ids])


def _wrong_inputs(keys: Keys, entry: Entry, nodes: list[Node]) -> Iterator[Violation]:
    """Inputs that the nodes do not have, or that take something else."""
    for node in nodes:
        names = node.input_names
        if not node.has(entry.key):
            says = f"{node} has no input {entry.key}, so it ignores {entry.type or 'the value'}"
            fitting = [name for name in names if entry.fits(node.type_of(name) or "?")]
            near = entry.type if entry.type in names else choice(entry.key, names)
            near = near or (fitting[0] if entry.type and len(fitting) == 1 else "")
            violation = Violation(keys, says, f"use one of its inputs: {', '.join(names)}")
            yield violation.use(near) if near and keys[-1] == "key" else violation
            return
        kind = node.type_of(entry.key)
        if kind and not entry.fits(kind):
            message = f"input {entry.key} of {node} takes {kind}, not {entry.type}"
            fitting = [name for name in names if entry.fits(node.type_of(name) or "?")]
            yield Violation(keys, message, f"use {' or '.join(fitting)}" if fitting else "name another node")
            return
