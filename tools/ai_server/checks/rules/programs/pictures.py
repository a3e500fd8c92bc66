"""Pictures in the chat page: what draws them, and the workflow that ComfyUI gets."""

import json
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.reading.profiles import Keys

IMAGES: Keys = ("openwebui", "images")
SHOWN = ("SaveImage", "SaveImageAdvanced", "PreviewImage")
"""open_webui/utils/images/comfyui.py, 0.12.4."""
TYPES = ("model", "prompt", "negative_prompt", "image", "width", "height", "n", "steps", "seed")
"""What a node of workflowNodes may take; one without a type takes its value. From the same file."""
PREFIXES = {"": ("workflow", "workflowNodes"), "IMAGES_EDIT_": ("", "")}
"""What the variables of pictures, and of edited pictures, begin with, and the keys of the values that make them."""


@rule("programs/no-picture")
def no_picture(view: RenderView) -> Iterator[Violation]:
    """Files that ask for pictures, and a page that renders without its Image button."""
    for server in programs(view, "openwebui"):
        keys = _asked(view, server)
        if keys and view.get(*IMAGES, "enabled") and server.env.get("ENABLE_IMAGE_GENERATION") == "false":
            message, fix, at = _what_is_missing(view, server, keys)
            yield Violation(at, f"{message}: the page's Image button stays hidden", fix)


def _asked(view: RenderView, server: ProgramContainer) -> Keys:
    """Where the files ask for pictures; () where they do not."""
    places = [(*IMAGES, key) for key in ("workflow", "workflowNodes", "model") if view.get(*IMAGES, key)]
    places += [server.env_key(name) for name in ("COMFYUI_WORKFLOW", "COMFYUI_WORKFLOW_NODES")]
    return next((keys for keys in [*places, (*IMAGES, "enabled")] if view.given(*keys)), ())


def _what_is_missing(view: RenderView, server: ProgramContainer, keys: Keys) -> tuple[str, str, Keys]:
    """A message, a fix and the key that they are about."""
    if not server.env.get("COMFYUI_BASE_URL"):
        return "no ComfyUI runs", "enable thor.comfyui on a node, or give openwebui.images.comfyuiUrl", keys
    if keys[:2] != IMAGES:
        return "this variable does not switch pictures on", "write it in openwebui.images instead", keys
    if view.get(*IMAGES, "workflow"):
        fix = 'add workflowNodes, such as [{type: prompt, key: text, node_ids: ["6"]}]'
        return "no workflowNodes say where the prompt goes", fix, (*IMAGES, "workflow")
    if view.get(*IMAGES, "workflowNodes"):
        fix = "add the workflow, or take them out and give images.model"
        return "these are nodes of a workflow that is not given", fix, (*IMAGES, "workflowNodes")
    fix = "give images.model, a checkpoint of ComfyUI such as sdxl.safetensors"
    return "neither images.model nor a workflow is given", fix, keys


@rule("programs/workflow")
def workflow(view: RenderView) -> Iterator[Violation]:
    """Workflows that are no JSON, of the page's own format, without an output, or without the nodes that are to be
    written to.
    """
    for server in programs(view, "openwebui"):
        for prefix, (workflow_key, nodes_key) in PREFIXES.items():
            variable = f"{prefix}COMFYUI_WORKFLOW"
            text, nodes = server.env.get(variable), server.env.get(f"{variable}_NODES")
            if isinstance(text, str) and text:
                keys = _key(server, variable, workflow_key)
                yield from _wrong_workflow(keys, text, _key(server, f"{variable}_NODES", nodes_key), nodes)


def _key(server: ProgramContainer, variable: str, setting: str) -> Keys:
    keys = server.env_key(variable)
    return keys if server.view.given(*keys) or not setting else (*IMAGES, setting)


def _wrong_workflow(keys: Keys, text: str, nodes_keys: Keys, nodes: Any) -> Iterator[Violation]:
    again = "export it anew: Workflow > Export (API) in ComfyUI"
    try:
        drawn = json.loads(text)
    except ValueError as error:
        yield Violation(keys, f"the workflow is no JSON: {error}", again)
        return
    if not isinstance(drawn, dict) or isinstance(drawn.get("nodes"), list):
        yield Violation(keys, "the workflow is in the format of ComfyUI's page, which its API does not take", again)
        return
    broken = [name for name, node in drawn.items() if not isinstance(node, dict) or "class_type" not in node]
    if broken:
        yield Violation(keys, f"node {broken[0]} has no class_type", again)
    elif not any(node["class_type"] in SHOWN for node in drawn.values()):
        yield Violation(keys, f"none of its nodes is shown: {', '.join(SHOWN)}", "add a SaveImage node")
    yield from _wrong_nodes(nodes_keys, _list(nodes), sorted(drawn))


def _wrong_nodes(keys: Keys, nodes: list[Any], there: list[str]) -> Iterator[Violation]:
    """What is wrong with workflowNodes; there are the workflow's own."""
    types = {node.get("type") for node in nodes if isinstance(node, dict)}
    if nodes and "prompt" not in types and types <= {None, "", *TYPES}:
        fix = f"add {{type: prompt, key: text, node_ids: [...]}}; the workflow's nodes: {', '.join(there)}"
        yield Violation(keys, "none of these takes the prompt, so that every picture ignores what was asked", fix)
    for index, node in enumerate(nodes):
        entry = node if isinstance(node, dict) else {}
        kind, names = entry.get("type"), entry.get("node_ids", [])
        if kind and kind not in TYPES:
            near = get_close_matches(str(kind), TYPES, n=1)
            fix = f"write {near[0]}" if near else f"write one of {', '.join(TYPES)}"
            yield Violation(_of_node(keys, index, "type"), "Open WebUI has nothing of this type to write", fix)
        if not isinstance(entry.get("key", ""), str | None):
            message = "wanted the name of an input of the node"
            yield Violation(_of_node(keys, index, "key"), message, "write a text, such as text")
        at = _of_node(keys, index, "node_ids")
        if not isinstance(names, list):
            yield Violation(at, "wanted a list of nodes", f"write [{', '.join(there)}]")
            continue
        for name in names:
            if str(name) not in there:
                message = f"the workflow has no node {name if isinstance(name, str) else 'of that name'}"
                yield Violation(at, message, f"its nodes: {', '.join(there)}")


def _of_node(keys: Keys, index: int, key: str) -> Keys:
    """A key of an entry of workflowNodes; the variable itself where the nodes come from one."""
    return (*keys, index, key) if keys[-1] == "workflowNodes" else keys


def _list(nodes: Any) -> list[Any]:
    try:
        found = json.loads(nodes) if isinstance(nodes, str) else nodes
    except ValueError:
        return []
    return found if isinstance(found, list) else []
