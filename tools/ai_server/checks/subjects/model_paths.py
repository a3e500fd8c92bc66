"""The values that are paths of models: the kind of each path, and the folder that it is relative to."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ai_server.checks.core.keypaths import leaves
from ai_server.checks.core.model import Violation
from ai_server.checks.core.views import ValuesView
from ai_server.checks.subjects.nodes import KINDS
from ai_server.reading.profiles import Keys

IN_NODES = tuple((kind,) for kind in KINDS)
FOLDERS = ("hubCache", "modelsFolder")


def kind(keys: Keys) -> str:
    """The kind of path at a key: file, mmproj or lora (GGUF), vllm (a folder), another folder, or "" for none."""
    last = str(keys[-1]) if keys else ""
    if keys[:1] in IN_NODES and last in ("file", "mmproj") and ("models" in keys or "overrides" in keys):
        return "lora" if keys[-3] == "loras" else last
    if keys[:1] in IN_NODES and (last in FOLDERS or keys[-2:] == ("vllm", "model")):
        return "folder" if last in FOLDERS else "vllm"
    return ""


def below(view: ValuesView, violation: Violation, value: str) -> Violation:
    """A violation with the fix for a path that starts with /: the part below the models folder, if it is below that."""
    folders = list(_folders(view, violation.keys))
    for folder in sorted(folders, key=len, reverse=True):
        if value.startswith(f"{folder}/"):
            return violation.use(value.removeprefix(folder).lstrip("/"))
    where = folders[0] if len(folders) == 1 else "the node's modelsPath"
    rest = _from_known_folder(view, violation.keys, value) or "its path relative to that"
    return replace(violation, fix=f"copy it below {where}, and use {rest}", changes=())


def _folders(view: ValuesView, keys: Keys) -> Iterator[str]:
    """modelsPath of the nodes that may read the path, of their component, and of all components."""
    component, of_node = keys[0], keys[1:2] == ("nodes",)
    nodes = view.get(component, "nodes")
    names: list[Any] = [keys[2]] if of_node else list(nodes) if isinstance(nodes, dict) else []
    owners: list[Keys] = [*((component, "nodes", name) for name in names), (component,), ("global",)]
    paths = [view.get(*owner, "modelsPath") for owner in owners]
    yield from dict.fromkeys(path.rstrip("/") for path in paths if isinstance(path, str) and path)


def _from_known_folder(view: ValuesView, keys: Keys, value: str) -> str:
    """The part from the first folder that other models of that kind are in; "" if there is none."""
    others = [text for key, text in leaves(view.merged) if kind(key) == kind(keys) and isinstance(text, str)]
    known = {text.partition("/")[0] for text in others if "/" in text}
    parts = value.strip("/").split("/")
    start = next((index for index, part in enumerate(parts[:-1]) if part in known), None)
    return "/".join(parts[start:]) if start is not None else ""
