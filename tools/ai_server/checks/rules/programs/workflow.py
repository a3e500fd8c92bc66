"""A workflow that makes no picture."""

import json
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.reading.profiles import Keys

SHOWN = ("SaveImage", "SaveImageAdvanced", "PreviewImage")
"""open_webui/utils/images/comfyui.py, 0.12.4."""
TYPES = ("model", "prompt", "negative_prompt", "image", "width", "height", "n", "steps", "seed")
"""What a node of workflowNodes may take; one without a type takes its value. From the same file."""
PREFIXES = {"": ("workflow", "workflowNodes"), "IMAGES_EDIT_": ("", "")}
"""What the variables of pictures, and of edited pictures, begin with, and the keys of the values that make them."""


@rule("programs/workflow")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each workflow that is no JSON, of the page's own format, without an output, or without the nodes
    that are to be written to.
    """
    for each in programs(view):
        if each.program != "openwebui":
            continue
        for prefix, (text_key, nodes_key) in PREFIXES.items():
            text = each.env.get(f"{prefix}COMFYUI_WORKFLOW")
            if isinstance(text, str) and text:
                view.count("workflows")
                keys = _key(view, each, f"{prefix}COMFYUI_WORKFLOW", text_key)
                nodes = each.env.get(f"{prefix}COMFYUI_WORKFLOW_NODES")
                yield from _judged(keys, text, _key(view, each, f"{prefix}COMFYUI_WORKFLOW_NODES", nodes_key), nodes)


def _key(view: RenderView, each: ProgramContainer, variable: str, setting: str) -> Keys:
    keys = each.env_key(variable)
    return keys if view.given(*keys) or not setting else ("openwebui", "images", setting)


def _judged(keys: Keys, text: str, nodes_keys: Keys, nodes: Any) -> Iterator[Violation]:
    again = "export it anew: Workflow > Export (API) in ComfyUI"
    try:
        workflow = json.loads(text)
    except ValueError as error:
        yield Violation(keys, f"the workflow is no JSON: {error}", again)
        return
    if not isinstance(workflow, dict) or isinstance(workflow.get("nodes"), list):
        yield Violation(keys, "the workflow is in the format of ComfyUI's page, which its API does not take", again)
        return
    broken = [name for name, node in workflow.items() if not isinstance(node, dict) or "class_type" not in node]
    if broken:
        yield Violation(keys, f"node {broken[0]} has no class_type", again)
    elif not any(node["class_type"] in SHOWN for node in workflow.values()):
        yield Violation(keys, f"none of its nodes is shown: {', '.join(SHOWN)}", "add a SaveImage node")
    yield from _nodes(nodes_keys, _list(nodes), sorted(workflow))


def _nodes(keys: Keys, nodes: list[Any], there: list[str]) -> Iterator[Violation]:
    """What is wrong with workflowNodes; there are the workflow's own."""
    kinds = {each.get("type") for each in nodes if isinstance(each, dict)}
    if nodes and "prompt" not in kinds and kinds <= {None, "", *TYPES}:
        fix = f"add {{type: prompt, key: text, node_ids: [...]}}; the workflow's nodes: {', '.join(there)}"
        yield Violation(keys, "none of these takes the prompt, so that every picture ignores what was asked", fix)
    for index, each in enumerate(nodes):
        place: Keys = (*keys, index) if keys[-1] == "workflowNodes" else keys
        entry = each if isinstance(each, dict) else {}
        kind, ids = entry.get("type"), entry.get("node_ids", [])
        if kind and kind not in TYPES:
            near = get_close_matches(str(kind), TYPES, n=1)
            fix = f"write {near[0]}" if near else f"write one of {', '.join(TYPES)}"
            yield Violation(_below(place, "type"), "Open WebUI has nothing of this type to write", fix)
        if not isinstance(entry.get("key", ""), str | None):
            yield Violation(
                _below(place, "key"), "wanted the name of an input of the node", "write a text, such as text"
            )
        if not isinstance(ids, list):
            yield Violation(_below(place, "node_ids"), "wanted a list of nodes", f"write [{', '.join(there)}]")
            continue
        for name in ids:
            if str(name) not in there:
                message = f"the workflow has no node {name if isinstance(name, str) else 'of that name'}"
                yield Violation(_below(place, "node_ids"), message, f"its nodes: {', '.join(there)}")


def _below(place: Keys, key: str) -> Keys:
    """A key of an entry of workflowNodes; the variable itself where the nodes come from one."""
    return (*place, key) if "workflowNodes" in place else place


def _list(nodes: Any) -> list[Any]:
    try:
        found = json.loads(nodes) if isinstance(nodes, str) else nodes
    except ValueError:
        return []
    return found if isinstance(found, list) else []
