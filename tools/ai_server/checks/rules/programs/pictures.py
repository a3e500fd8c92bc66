"""Image generation in the chat page: its settings and its ComfyUI workflow."""

import json
from collections.abc import Iterator
from typing import Any

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.near import choice
from ai_server.reading.profiles import Keys

IMAGES: Keys = ("openwebui", "images")
SHOWN = ("SaveImage", "SaveImageAdvanced", "PreviewImage")
"""open_webui/utils/images/comfyui.py, 0.12.4."""
TYPES = ("model", "prompt", "negative_prompt", "image", "width", "height", "n", "steps", "seed")
"""The types of a node in workflowNodes; one without a type gets its value. From the same file."""
PREFIXES = ("", "IMAGES_EDIT_")
"""The prefixes of the variables for creating and for editing images."""


@rule("programs/no-picture")
def no_picture(view: RenderView) -> Iterator[Violation]:
    """Compares what the files set with the Image button of the page."""
    for server in programs(view, "openwebui"):
        keys = _requested_by(view, server)
        if keys and view.get(*IMAGES, "enabled") and server.env.get("ENABLE_IMAGE_GENERATION") == "false":
            message, fix, missing_key = _what_is_missing(view, server, keys)
            yield Violation(missing_key, f"{message}: the page's Image button stays hidden", fix)


def _requested_by(view: RenderView, server: ProgramContainer) -> Keys:
    """The key that asks for images; () if there is none."""
    places = [(*IMAGES, key) for key in ("workflow", "workflowNodes", "model") if view.get(*IMAGES, key)]
    variables = ("COMFYUI_WORKFLOW", "COMFYUI_WORKFLOW_NODES")
    places += [server.env_key(name) for name in variables if server.env.get(name)]
    return next((keys for keys in [*places, (*IMAGES, "enabled")] if view.given(*keys)), ())


def _what_is_missing(view: RenderView, server: ProgramContainer, keys: Keys) -> tuple[str, str, Keys]:
    """A message, a fix and the key that they are about."""
    if not server.env.get("COMFYUI_BASE_URL"):
        return "no ComfyUI runs", "enable comfyui on a node, or set openwebui.images.comfyuiUrl", keys
    if keys[:2] != IMAGES:
        return "this variable does not enable images", "set it in openwebui.images instead", keys
    if view.get(*IMAGES, "workflow"):
        fix = 'add workflowNodes, such as [{type: prompt, key: text, node_ids: ["6"]}]'
        return "workflowNodes is missing, so the prompt has no destination", fix, (*IMAGES, "workflow")
    if view.get(*IMAGES, "workflowNodes"):
        fix = "add the workflow, or remove them and set images.model"
        return "these nodes belong to a workflow that is not set", fix, (*IMAGES, "workflowNodes")
    fix = "set images.model to a checkpoint of ComfyUI such as sdxl.safetensors"
    return "neither images.model nor a workflow is set", fix, keys


@rule("programs/workflow")
def workflow(view: RenderView) -> Iterator[Violation]:
    """Checks the format of each workflow, its output, and the nodes that get values."""
    for server in programs(view, "openwebui"):
        for prefix in PREFIXES:
            variable = f"{prefix}COMFYUI_WORKFLOW"
            text, nodes = server.env.get(variable), server.env.get(f"{variable}_NODES")
            if isinstance(text, str) and text:
                keys = server.env_key(variable)
                yield from _wrong_workflow(keys, text, server.env_key(f"{variable}_NODES"), nodes)


def _wrong_workflow(keys: Keys, text: str, nodes_keys: Keys, nodes: Any) -> Iterator[Violation]:
    again = "export it again: Workflow > Export (API) in ComfyUI"
    try:
        parsed = json.loads(text)
    except ValueError as error:
        yield Violation(keys, f"the workflow is not valid JSON: {error}", again)
        return
    if not isinstance(parsed, dict) or isinstance(parsed.get("nodes"), list):
        yield Violation(keys, "the workflow is in the format of ComfyUI's page, which its API rejects", again)
        return
    broken = [name for name, node in parsed.items() if not isinstance(node, dict) or "class_type" not in node]
    if broken:
        yield Violation(keys, f"node {broken[0]} has no class_type", again)
    elif not any(node["class_type"] in SHOWN for node in parsed.values()):
        yield Violation(keys, f"none of its nodes outputs an image: {', '.join(SHOWN)}", "add a SaveImage node")
    yield from _wrong_nodes(nodes_keys, _list(nodes), sorted(parsed))


def _wrong_nodes(keys: Keys, nodes: list[Any], names: list[str]) -> Iterator[Violation]:
    """What is wrong with workflowNodes, by the names of the workflow's own nodes."""
    types = {str(node.get("type") or "") for node in nodes if isinstance(node, dict)}
    if nodes and "prompt" not in types and types <= {"", *TYPES}:
        fix = f"add {{type: prompt, key: text, node_ids: [...]}}; the workflow's nodes: {', '.join(names)}"
        yield Violation(keys, "none of these gets the prompt, so every image ignores it", fix)
    for index, node in enumerate(nodes):
        entry = node if isinstance(node, dict) else {}
        kind, node_ids = entry.get("type"), entry.get("node_ids", [])
        if kind and str(kind) not in TYPES:
            near = choice(kind, TYPES)
            fix = f"use {near}" if near else f"use one of {', '.join(TYPES)}"
            yield Violation(_of_node(keys, index, "type"), "Open WebUI does not know this type", fix)
        if not isinstance(entry.get("key", ""), str | None):
            message = "must be the name of an input of the node"
            yield Violation(_of_node(keys, index, "key"), message, "use a name, such as text")
        ids_key = _of_node(keys, index, "node_ids")
        if not isinstance(node_ids, list):
            yield Violation(ids_key, "must be a list of nodes", f"use [{', '.join(names)}]")
            continue
        if numbers := [name for name in node_ids if not isinstance(name, str)]:
            # pydantic makes no text of them: ComfyUINodeInput in open_webui/utils/images/comfyui.py
            message = f"{numbers[0]} is a number, and Open WebUI rejects it: every picture fails"
            yield Violation(ids_key, message).use([str(name) for name in node_ids])
            continue
        for name in node_ids:
            if name not in names:
                message = f"the workflow has no node {name}"
                yield Violation(ids_key, message, f"its nodes: {', '.join(names)}")


def _of_node(keys: Keys, index: int, key: str) -> Keys:
    """A key of an entry in workflowNodes; the variable itself if the nodes come from one."""
    return (*keys, index, key) if keys[-1] == "workflowNodes" else keys


def _list(nodes: Any) -> list[Any]:
    try:
        parsed = json.loads(nodes) if isinstance(nodes, str) else nodes
    except ValueError:
        return []
    return parsed if isinstance(parsed, list) else []
