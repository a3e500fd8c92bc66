"""A path that is no model of its program."""

import re
from collections.abc import Iterator

from ai_server.checks.engine.keypaths import leaves
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import ValuesView
from ai_server.checks.subjects.model_paths import kind
from ai_server.reading.profiles import Keys

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
HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")
BLOB = re.compile(r"(^|/)sha256-[0-9a-f]{64}$")
"""How Ollama names its GGUF files."""
TOKENS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
FROM_A_HUB = "is a name in a hub, and nothing is downloaded from there"
Wrong = tuple[str, str]


@rule("programs/model-path")
def check(view: ValuesView) -> Iterator[Violation]:
    """A finding for each such path in the files."""
    for keys, value in leaves(view.values.values):
        what = kind(keys)
        if not what or not isinstance(value, str) or not value:
            continue
        view.count("paths of models")
        odd = next(((message, fix) for form, message, fix in ODD if form.search(value)), None)
        found = odd or (_of_vllm(view, keys, value) if what == "vllm" else _of_llama(what, value))
        if found:
            yield Violation(keys, f'"{value.strip()}" {found[0]}', found[1])


def _of_llama(what: str, value: str) -> Wrong | None:
    if what not in ("file", "mmproj"):
        return None
    if OTHER_FILES.search(value):
        return "is no GGUF file, and llama.cpp reads no other", "take the model's .gguf file, or serve it by vLLM"
    if value.endswith("/"):
        return "is a folder", "name the .gguf file in it"
    if LATER_PART.search(value):
        return "is a later part of a split model", "name the first part: ...-00001-of-..."
    if HUB.search(value):
        return FROM_A_HUB, "copy the .gguf file to the node, and write its path"
    if what == "file" and value.rpartition("/")[2].lower().startswith("mmproj"):
        return "is a projector, not a model", "name the model's own file, and this one in mmproj"
    if value.lower().endswith(".gguf") or BLOB.search(value):
        return None
    hub = "; nothing is downloaded, should it be a name in a hub" if HUB_NAME.fullmatch(value) else ""
    fix = "copy the file to the node, and write its path below modelsPath, such as gguf/NAME.gguf"
    return f"does not end in .gguf, as a model of llama.cpp does{hub}", fix


def _of_vllm(view: ValuesView, keys: Keys, value: str) -> Wrong | None:
    if value.lower().endswith(".gguf"):
        return "is a GGUF file, and vLLM reads a folder", "serve it by llama.cpp, in rocm.models, or write a folder"
    if OTHER_FILES.search(value):
        return "is a file, and vLLM reads the folder", f"write {value.rpartition('/')[0] or 'its folder'}"
    variable = _of_a_download(view, keys) if HUB_NAME.fullmatch(value) else ""
    if variable:
        fix = f"download it on the node to this folder below modelsPath, and take {variable} out of extraEnv"
        return f"is a folder on the node: nothing is downloaded, whatever {variable} says", fix
    return None


def _of_a_download(view: ValuesView, keys: Keys) -> str:
    """The variable by which vLLM is meant to download; "" for none."""
    env = {**(view.get("thor", "vllm", "extraEnv") or {}), **(view.get(*keys[:-1], "extraEnv") or {})}
    online = str(env.get("HF_HUB_OFFLINE", "1")).lower() in ("0", "false", "no", "off", "")
    return "HF_HUB_OFFLINE" if online else next((name for name in TOKENS if env.get(name)), "")
