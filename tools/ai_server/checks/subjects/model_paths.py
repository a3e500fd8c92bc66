"""The values that are paths of models: the kind of each path, the folder that it is relative to, and what loads it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ai_server.checks import facts
from ai_server.checks.core.keypaths import leaves
from ai_server.checks.core.model import Violation
from ai_server.checks.core.views import ValuesView
from ai_server.checks.subjects.nodes import KINDS
from ai_server.reading.edit import Change
from ai_server.reading.profiles import Keys
from ai_server.reading.yamltext import flow

IN_NODES = tuple((kind,) for kind in KINDS)
FOLDERS = ("hubCache", "modelsFolder")
NFS = re.compile(r"(?:nfs://([\w.-]+):?|([\w.-]{2,}):)(/.*)")
"""An address of a file server: nfs://nas/models or nas:/models; one letter is a drive of Windows."""
NOT_OF_A_NODE = re.compile(r"~|[A-Za-z]:|\\")
"""How a path of a shell or of Windows starts."""
Row = Mapping[str, str]


def kind(keys: Keys) -> str:
    """The kind of path at a key: file, mmproj or lora (GGUF), vllm (a folder), another folder, checkpoint (of
    ComfyUI), or "" for none.
    """
    if keys == ("openwebui", "images", "model"):
        return "checkpoint"
    last = str(keys[-1]) if keys else ""
    if keys[:1] in IN_NODES and last in ("file", "mmproj") and ("models" in keys or "overrides" in keys):
        return "lora" if keys[-3] == "loras" else last
    if keys[:1] in IN_NODES and (last in FOLDERS or keys[-2:] == ("vllm", "model")):
        return "folder" if last in FOLDERS else "vllm"
    return ""


def wrong(what: str, path: str) -> Row:
    """What the table says about a path of a kind that its program cannot load; {} for others."""
    rows = (row for row in facts.table("model_paths") if what in row.get("kinds", (what,))) if what else ()
    row: Row = next((row for row in rows if re.search(row["form"], path)), {})
    return row if "says" in row else {}


def loadable(violation: Violation, row: Row, path: str) -> Violation:
    """A violation with the fix of a row for a path."""
    if "becomes" in row:
        return violation.use(re.sub(row["form"], row["becomes"], path))
    fix = row["fix"].replace("{folder}", path.rpartition("/")[0] or "its folder")
    return replace(violation, fix=fix, changes=())


def corrected(view: ValuesView, violation: Violation, value: str) -> Violation:
    """A violation of the form of a path, with the fix that fits its kind."""
    if violation.keys[-1] == "modelsPath":
        return _of_a_node(violation, value)
    return below(view, violation, value) if kind(violation.keys) else violation


def _of_a_node(violation: Violation, value: str) -> Violation:
    """For modelsPath: a volume for the address of a file server, or that the path must be one of the node."""
    if address := NFS.fullmatch(value):
        source = {"nfs": {"server": address[1] or address[2], "path": address[3]}}
        volume = Change("set", (*violation.keys[:-1], "modelsVolume"), source, certain=False)
        changes = (Change("remove", violation.keys, certain=False), volume)
        return replace(violation, fix=f"perhaps use modelsVolume: {flow(source)} instead", changes=changes)
    if NOT_OF_A_NODE.match(value):
        return replace(violation, fix="use the full path of a folder on the node, such as /data/ai-models", changes=())
    return violation


def below(view: ValuesView, violation: Violation, value: str) -> Violation:
    """A violation with the fix for a path that starts with /: the part below the models folder, if it is below that."""
    inside = relative(view, violation.keys, value)
    if inside:
        row = wrong(kind(violation.keys), inside)
        return loadable(violation, row, inside) if row else violation.use(inside)
    folders = list(_folders(view, violation.keys))
    where = folders[0] if len(folders) == 1 else "the node's modelsPath"
    rest = _from_known_folder(view, violation.keys, value) or "its path relative to that"
    return replace(violation, fix=f"copy it below {where}, and use {rest}", changes=())


def relative(view: ValuesView, keys: Keys, value: str) -> str:
    """The part of a path below the models folder; "" if it is elsewhere, or not of a node."""
    if keys[0] not in KINDS:
        return ""
    folders = sorted(_folders(view, keys), key=len, reverse=True)
    around = next((folder for folder in folders if value.startswith(f"{folder}/")), None)
    return value.removeprefix(around).lstrip("/") if around is not None else ""


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
