"""The values that are paths of models: what each leads to, and the folder that it begins in."""

from collections.abc import Iterator
from typing import Any

from ai_server.checks.engine.keypaths import leaves
from ai_server.checks.engine.views import ValuesView
from ai_server.reading.profiles import Keys

FOLDERS = ("hubCache", "modelsFolder")


def kind(keys: Keys) -> str:
    """What a key's path leads to: a gguf file, a projector, a folder of vLLM's, another folder, or nothing."""
    last = str(keys[-1]) if keys else ""
    if keys[:1] == ("rocm",) and last in ("file", "mmproj") and ("models" in keys or "overrides" in keys):
        return last
    if keys[:1] == ("thor",) and (last in FOLDERS or keys[-2:] == ("vllm", "model")):
        return "folder" if last in FOLDERS else "vllm"
    return ""


def below(view: ValuesView, keys: Keys, value: str) -> str:
    """What to write for a path that begins with /: the part below the folder of models, where it is below that."""
    folders = list(_folders(view, keys))
    for folder in sorted(folders, key=len, reverse=True):
        if value.startswith(f"{folder}/"):
            return f"write {value.removeprefix(folder).lstrip('/')}"
    where = folders[0] if len(folders) == 1 else "the node's modelsPath"
    rest = _from_a_known_folder(view, keys, value) or "its path from there on"
    return f"copy it below {where}, and write {rest}"


def _folders(view: ValuesView, keys: Keys) -> Iterator[str]:
    """modelsPath of the nodes that may read the path, of their component, and of all."""
    component, of_node = keys[0], keys[1:2] == ("nodes",)
    nodes = view.get(component, "nodes")
    names: list[Any] = [keys[2]] if of_node else list(nodes) if isinstance(nodes, dict) else []
    places: list[Keys] = [*((component, "nodes", name) for name in names), (component,), ("global",)]
    found = [view.get(*place, "modelsPath") for place in places]
    yield from dict.fromkeys(each.rstrip("/") for each in found if isinstance(each, str) and each)


def _from_a_known_folder(view: ValuesView, keys: Keys, value: str) -> str:
    """The part from a folder on in which other models of that kind lie; "" where there is none."""
    others = [text for place, text in leaves(view.merged) if kind(place) == kind(keys) and isinstance(text, str)]
    known = {text.partition("/")[0] for text in others if "/" in text}
    parts = value.strip("/").split("/")
    place = next((index for index, part in enumerate(parts[:-1]) if part in known), None)
    return "/".join(parts[place:]) if place is not None else ""
