"""A path that is no model of its program."""

import re
from collections.abc import Iterator

from ai_server.checks.findings import Context, Found, leaves
from ai_server.checks.rules import Rule
from ai_server.profiles import Keys

RULE = Rule(
    "A path that is no model of its program",
    needs="values",
    why="llama.cpp reads GGUF files, of a split model the first part; vLLM reads a folder. Both read below"
    " global.modelsPath on the node: no address, no name of a model in a hub, no pattern, no way out by `..`.",
    wrong="rocm:\n  models:\n    more: {file: gguf/more.safetensors}",
    right="rocm:\n  models:\n    more: {file: gguf/more.gguf}",
)
FOLDERS = ("hubCache", "modelsFolder")
ODD = (
    (re.compile(r"^\s|\s$|[\u200b-\u200f\ufeff]"), "has a blank at its end", "take the blank out"),
    (re.compile(r"^[a-z][a-z0-9+.-]*://"), "is an address", "copy the model to the node, and write its path"),
    (re.compile(r"\\"), "has \\ in it", "write / between folders"),
    (re.compile(r"(^|/)\.\.(/|$)"), "leaves the folder of models", "write a path below global.modelsPath"),
    (re.compile(r"[*?]|\$\{|^~"), "is a pattern, and nothing fills it in", "write the name of the file"),
)
"""What no path of a model has, what to call it, and what to do about it."""
OTHER_FILES = re.compile(r"\.(safetensors|bin|pt|pth|ckpt|onnx|zip|tar|gz|json)$")
LATER_PART = re.compile(r"-(?!00001-of-)[0-9]{5}-of-[0-9]{5}\.gguf$")
HUB = re.compile(r":[A-Za-z0-9_]+$")


def check(context: Context) -> Iterator[Found]:
    """A finding for each such path in the files."""
    for keys, value in leaves(context.values.values):
        kind = _kind(keys)
        if not kind or not isinstance(value, str) or not value:
            continue
        context.count("paths of models")
        found = next(((what, fix) for form, what, fix in ODD if form.search(value)), None) or _of_kind(kind, value)
        if found:
            yield Found(keys, f'"{value.strip()}" {found[0]}', found[1])


def _kind(keys: Keys) -> str:
    """What a key's path leads to: a gguf file, a projector, a folder of vLLM's, another folder, or nothing."""
    last = str(keys[-1])
    if keys[:1] == ("rocm",) and last in ("file", "mmproj") and ("models" in keys or "overrides" in keys):
        return last
    if keys[:1] == ("thor",) and (last in FOLDERS or keys[-2:] == ("vllm", "model")):
        return "folder" if last in FOLDERS else "vllm"
    return ""


def _of_kind(kind: str, value: str) -> tuple[str, str] | None:
    if kind in ("file", "mmproj"):
        if OTHER_FILES.search(value):
            return "is no GGUF file, and llama.cpp reads no other", "take the model's .gguf file, or serve it by vLLM"
        if value.endswith("/"):
            return "is a folder", "name the .gguf file in it"
        if LATER_PART.search(value):
            return "is a later part of a split model", "name the first part: ...-00001-of-..."
        if HUB.search(value):
            return "is a name in a hub", "copy the file to the node, and write its path"
        if kind == "file" and value.rpartition("/")[2].lower().startswith("mmproj"):
            return "is a projector, not a model", "name the model's own file, and this one in mmproj"
    if kind == "vllm" and OTHER_FILES.search(value):
        return "is a file, and vLLM reads the folder", f"write {value.rpartition('/')[0] or 'its folder'}"
    return None
