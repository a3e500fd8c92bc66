"""Names of models: paths that their program cannot load, and names that suggest another mode."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ai_server.checks import facts
from ai_server.checks.core.keypaths import leaves
from ai_server.checks.core.model import Severity, Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView, ValuesView
from ai_server.checks.facts.rows import is_off
from ai_server.checks.subjects.model_paths import kind, loadable, relative, wrong
from ai_server.checks.subjects.nodes import KINDS, owners
from ai_server.checks.subjects.programs import programs
from ai_server.reading.edit import Change
from ai_server.reading.profiles import Keys

HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")
TOKENS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")


@rule("programs/model-path")
def model_path(view: ValuesView) -> Iterator[Violation]:
    """Looks at every path of a model in the values."""
    for keys, value in leaves(view.values.values):
        if keys[-1:] == ("modelsPath",) and str(value).lower().endswith(".gguf"):
            of_models = str(value).rpartition("/")[0] or "/data/ai-models"
            message = "this is a file, but modelsPath is the folder that the paths of all models are below"
            yield Violation(keys, message).use(of_models, certain=False)
        what = kind(keys)
        if not what or not isinstance(value, str) or not value:
            continue
        path = relative(view, keys, value) or value
        if row := wrong(what, path):
            yield loadable(Violation(keys, f'"{value.strip()}" {row["says"]}'), row, path)
        elif what == "vllm" and HUB_NAME.fullmatch(value):
            yield from _of_hub(view, keys, value)


def _of_hub(view: ValuesView, keys: Keys, name: str) -> Iterator[Violation]:
    """A name that vLLM would download elsewhere, if a variable shows that this is meant; else it is a folder."""
    if variable := _download_variable(view, keys):
        message = f'"{name}" is a folder below modelsPath: models are not downloaded, whatever {variable} says'
        yield Violation(keys, message, f"download it to this folder, and remove {variable} from extraEnv")


def _download_variable(view: ValuesView, keys: Keys) -> str:
    """The variable that is meant to make vLLM download; "" if there is none."""
    env = {**view.get(keys[0], "vllm", "extraEnv"), **(view.get(*keys[:-1], "extraEnv") or {})}
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
            severity: Severity | None = "error" if "speech" in keys or _is_used_as(view, str(keys[-1]), named) else None
            yield Violation(mode_key, message, f"set mode: {named}", severity=severity, about=frozenset({"mode"}))
        pooling = model.get("pooling", "")
        if pooling and mode not in ("embedding", "rerank"):
            message = f"pooling: {pooling} is for embedding and rerank models, but the mode is {mode}"
            fitting = "rerank" if pooling == "rank" else "embedding"
            yield Violation((*keys, "pooling"), message, f"set mode: {fitting}, or remove it")
        elif (pooling == "rank") != (mode == "rerank") and pooling:
            message = f"pooling: {pooling} does not fit mode: {mode}"
            yield Violation((*keys, "pooling"), message, severity="error").remove()
        elif pooling == "none":
            message = "llama-server answers /v1/embeddings with HTTP 400 with pooling: none"
            violation = Violation((*keys, "pooling"), message, severity="error")
            yield violation.remove(": the model's own pooling counts")
        for key in ("draft", "loras"):
            if model.get(key) and mode not in ("chat", "completion"):
                message = f"{key} is for chat and completion, but the mode is {mode}"
                yield Violation((*keys, key), message).remove(certain=False)


def _is_used_as(view: RenderView, name: str, mode: str) -> bool:
    """Whether a setting of the chat page names the model for a mode that it is not in: such requests fail."""
    settings = facts.table("openwebui_models")["settings"].items()
    return any(view.get("openwebui", *setting.split(".")) == name and mode in wanted for setting, wanted in settings)


def _models(view: RenderView) -> Iterator[tuple[Keys, str, dict[str, Any]]]:
    """Each model with its key, and its own name or that of its file or folder."""
    found: list[tuple[Keys, str]] = [((*owner, "vllm"), "model") for owner in owners(view)]
    for section, key in (*((component, "file") for component in KINDS), ("litellm", "model")):
        found += [((section, "models", name), key) for name in view.get(section, "models")]
    for keys, key in found:
        if path := view.get(*keys, key):
            yield keys, path.rpartition("/")[2], view.get(*keys)
    for owner in owners(view):
        for name, model in (view.get(*owner, "speech", "models") or {}).items():
            yield (*owner, "speech", "models", name), model.get("model") or name, model


@rule("programs/speech-setting")
def name_for_speech(view: RenderView) -> Iterator[Violation]:
    """Short names are valid only if a file of aliases is mounted; some makers' names have formats of other programs."""
    for server in programs(view, "speaches"):
        mounts = [str(mount["mountPath"]) for mount in server.container.get("volumeMounts") or []]
        aliases = any(path.endswith("model_aliases.json") for path in mounts)
        if "speaches-ai/speaches" not in str(server.container.get("image")):
            continue
        for key, model in server.value("models").items():
            name = model.get("model") or key
            if model.get("enabled") is False:
                continue
            keys = server.setting("models", key)
            if HUB_NAME.fullmatch(name):
                yield from _of_another_program((*keys, "model") if model.get("model") else keys, name)
            elif "/" in name or not aliases:
                message = f"Speaches names models organisation/name, not {name}"
                fix = "set model to the full name, such as Systran/faster-whisper-small"
                about = frozenset({"model"})
                severity: Severity = "error" if "/" in name else "warning"
                violation = Violation(keys, message, fix, severity=severity, about=about)
                yield _in_full(violation, name, (*keys, "model"))


def _in_full(violation: Violation, name: str, keys: Keys) -> Violation:
    """The violation of a short name with the full name of that size, if it is one of Whisper's."""
    for row in facts.table("speech_models"):
        if row.get("short") and (match := re.match(row["form"], name)):
            full = match.expand(row["fix"]).removeprefix("use ")
            return replace(violation, fix=f"set model: {full}", changes=(Change("set", keys, full, certain=False),))
    return violation


def _of_another_program(keys: Keys, name: str) -> Iterator[Violation]:
    for row in facts.table("speech_models"):
        if match := re.match(row["form"], name):
            message = f"Speaches cannot load {name}, which {row['says']}"
            yield Violation(keys, message, f"{match.expand(row['fix'])}, and copy that into the hub cache")
            return
