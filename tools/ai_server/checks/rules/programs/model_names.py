"""Names of models: paths that their program cannot load, and names that suggest another mode."""

import re
from collections.abc import Iterator
from typing import Any

from ai_server.checks import facts
from ai_server.checks.engine.keypaths import leaves
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView, ValuesView
from ai_server.checks.facts.rows import is_off
from ai_server.checks.subjects.model_paths import kind
from ai_server.checks.subjects.programs import programs
from ai_server.reading.profiles import Keys

NEVER = (
    (re.compile(r"^\s|\s$|[\u200b-\u200f\ufeff]"), "starts or ends with a space", "remove the space"),
    (re.compile(r"^[a-z][a-z0-9+.-]*://"), "is a URL", "copy the model to the node, and use its path"),
    (re.compile(r"\\"), "contains \\", "use / between folders"),
    (re.compile(r"(^|/)\.\.(/|$)"), "leaves the models folder", "use a path below global.modelsPath"),
    (re.compile(r"[*?]|\$\{|^~"), "is a wildcard or variable, which is not expanded", "use the name of the file"),
)
"""Parts that a path of a model cannot have: the form, the message and the fix."""
OTHER_FILES = re.compile(r"\.(safetensors|bin|pt|pth|ckpt|onnx|zip|tar|gz|json)$")
LATER_PART = re.compile(r"-(?!00001-of-)[0-9]{5}-of-[0-9]{5}\.gguf$")
HUB = re.compile(r":[A-Za-z0-9_]+$")
HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")
BLOB = re.compile(r"(^|/)sha256-[0-9a-f]{64}$")
"""How Ollama names its GGUF files."""
TOKENS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
FROM_A_HUB = "is the name of a model on a hub, but models are not downloaded"
Wrong = tuple[str, str]


@rule("programs/model-path")
def model_path(view: ValuesView) -> Iterator[Violation]:
    """Looks at every path of a model in the values."""
    for keys, value in leaves(view.values.values):
        what = kind(keys)
        if not what or not isinstance(value, str) or not value:
            continue
        general = next(((message, fix) for form, message, fix in NEVER if form.search(value)), None)
        wrong = general or (_wrong_for_vllm(view, keys, value) if what == "vllm" else _wrong_for_llama(what, value))
        if wrong:
            yield Violation(keys, f'"{value.strip()}" {wrong[0]}', wrong[1])


def _wrong_for_llama(what: str, value: str) -> Wrong | None:
    if what not in ("file", "mmproj"):
        return None
    if OTHER_FILES.search(value):
        return "is not a GGUF file, the only format of llama.cpp", "use the model's .gguf file, or serve it with vLLM"
    if value.endswith("/"):
        return "is a folder", "use the .gguf file in it"
    if LATER_PART.search(value):
        return "is a later part of a split model", "use the first part: ...-00001-of-..."
    if HUB.search(value):
        return FROM_A_HUB, "copy the .gguf file to the node, and use its path"
    if what == "file" and value.rpartition("/")[2].lower().startswith("mmproj"):
        return "is a projector, not a model", "use the model's own file here, and this one in mmproj"
    if value.lower().endswith(".gguf") or BLOB.search(value):
        return None
    hub = "; models are not downloaded, if it is a name on a hub" if HUB_NAME.fullmatch(value) else ""
    fix = "copy the file to the node, and use its path below modelsPath, such as gguf/NAME.gguf"
    return f"does not end in .gguf, unlike the models of llama.cpp{hub}", fix


def _wrong_for_vllm(view: ValuesView, keys: Keys, value: str) -> Wrong | None:
    if value.lower().endswith(".gguf"):
        return "is a GGUF file, but vLLM loads a folder", "serve it with llama.cpp, in rocm.models, or use a folder"
    if OTHER_FILES.search(value):
        return "is a file, but vLLM loads a folder", f"use {value.rpartition('/')[0] or 'its folder'}"
    variable = _download_variable(view, keys) if HUB_NAME.fullmatch(value) else ""
    if variable:
        fix = f"download it to this folder below modelsPath on the node, and remove {variable} from extraEnv"
        return f"is a folder on the node: models are not downloaded, whatever the value of {variable}", fix
    return None


def _download_variable(view: ValuesView, keys: Keys) -> str:
    """The variable that is meant to make vLLM download; "" if there is none."""
    env = {**(view.get("thor", "vllm", "extraEnv") or {}), **(view.get(*keys[:-1], "extraEnv") or {})}
    if is_off(env.get("HF_HUB_OFFLINE", "1")):
        return "HF_HUB_OFFLINE"
    return next((name for name in TOKENS if env.get(name)), "")


@rule("programs/wrong-mode")
def wrong_mode(view: RenderView) -> Iterator[Violation]:
    """Compares the mode with the file, folder or name, and with pooling."""
    for keys, name, model in _models(view):
        mode = model.get("mode", "audio_transcription" if "speech" in keys else "chat")
        forms = facts.table("model_names").items()
        named = next((kind for kind, form in forms if re.search(form, name.lower())), mode)
        # llama.cpp and vLLM have no audio modes: some models with such a name are language models
        audio = named.startswith("audio_") and "speech" not in keys and keys[0] != "litellm"
        if named != mode and not audio:
            message = f'"{name}" looks like a model for {named}, but its mode is {mode}'
            mode_key = (*keys, "mode") if view.given(*keys, "mode") else keys
            yield Violation(mode_key, message, f"set mode: {named}", about=frozenset({"mode"}))
        pooling = model.get("pooling", "")
        if pooling and mode not in ("embedding", "rerank"):
            message = f"pooling: {pooling} is for embedding and rerank models, but the mode is {mode}"
            fitting = "rerank" if pooling == "rank" else "embedding"
            yield Violation((*keys, "pooling"), message, f"set mode: {fitting}, or remove it")
        elif (pooling == "rank") != (mode == "rerank") and pooling:
            yield Violation((*keys, "pooling"), f"pooling: {pooling} does not fit mode: {mode}", "remove it")


def _models(view: RenderView) -> Iterator[tuple[Keys, str, dict[str, Any]]]:
    for name, model in (view.get("rocm", "models") or {}).items():
        if isinstance(model, dict) and model.get("file"):
            yield ("rocm", "models", name), str(model["file"]).rpartition("/")[2], model
    for name, model in (view.get("litellm", "models") or {}).items():
        if isinstance(model, dict) and model.get("model"):
            yield ("litellm", "models", name), str(model["model"]).rpartition("/")[2], model
    for owner in (("thor",), *(("thor", "nodes", name) for name in view.get("thor", "nodes") or {})):
        vllm = view.get(*owner, "vllm") or {}
        if isinstance(vllm, dict) and vllm.get("model"):
            yield (*owner, "vllm"), str(vllm["model"]).rpartition("/")[2], vllm
        for name, model in ((view.get(*owner, "speech") or {}).get("models") or {}).items():
            if isinstance(model, dict):
                yield (*owner, "speech", "models", name), str(model.get("model") or name), model


@rule("programs/speech-setting")
def short_name_for_speech(view: RenderView) -> Iterator[Violation]:
    """Short names are valid only if a file of aliases is mounted."""
    for server in programs(view, "speaches"):
        mounts = [str(mount["mountPath"]) for mount in server.container.get("volumeMounts") or []]
        aliases = any(path.endswith("model_aliases.json") for path in mounts)
        if aliases or "speaches-ai/speaches" not in str(server.container.get("image")):
            continue
        for key, model in (server.value("models") or {}).items():
            name = (model or {}).get("model") or key
            if "/" not in name and (model or {}).get("enabled") is not False:
                message = f"Speaches names models organisation/name, not {name}"
                fix = "set model to the full name, such as Systran/faster-whisper-small"
                about = frozenset({"model"})
                yield Violation(server.setting("models", key), message, fix, severity="warning", about=about)
