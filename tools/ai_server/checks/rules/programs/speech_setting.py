"""Settings of Speaches that do not go together."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.programs import ProgramContainer, programs

TYPES = (
    *("default", "auto", "int8", "int8_float32", "int8_float16", "int8_bfloat16", "int16"),
    *("float16", "bfloat16", "float32"),
)
"""CTranslate2's compute types: opennmt.net/CTranslate2, Quantization."""
ON_GPUS = ("float16", "bfloat16", "int8_float16", "int8_bfloat16")


@rule("programs/speech-setting")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each such setting where the image is Speaches'."""
    for each in programs(view):
        if each.program == "speaches" and "speaches-ai/speaches" in str(each.container.get("image")):
            view.count("settings of Speaches")
            yield from _names(each)
            yield from _device(each)
            yield from _models(each)


def _models(each: ProgramContainer) -> Iterator[Violation]:
    """A short name is right where a file of aliases is mounted."""
    mounts = [str(mount["mountPath"]) for mount in each.container.get("volumeMounts") or []]
    for name, model in (each.value("models") or {}).items():
        known = (model or {}).get("model") or name
        off = (model or {}).get("enabled") is False
        if "/" not in known and not off and not any(path.endswith("model_aliases.json") for path in mounts):
            message = f"Speaches knows models as organisation/name, not as {known}"
            fix = "write model: with its whole name, such as Systran/faster-whisper-small"
            keys = each.key("models", name)
            yield Violation(keys, message, fix, severity="warning", about=frozenset({"model"}))


def _names(each: ProgramContainer) -> Iterator[Violation]:
    for key, right in (("portEnv", "UVICORN_PORT"), ("apiKeyEnv", "API_KEY")):
        value = each.value(key)
        if value not in ("", right):
            yield Violation(each.key(key), f"Speaches does not read {value}", f"write {right}")


def _device(each: ProgramContainer) -> Iterator[Violation]:
    device, kind = each.value("device"), each.value("computeType")
    if kind not in TYPES:
        yield Violation(each.key("computeType"), f"{kind} is none of {', '.join(TYPES)}", "write int8")
    elif device == "cpu" and kind in ON_GPUS:
        yield Violation(each.key("computeType"), f"{kind} is computed on GPUs only, and device is cpu", "write int8")
    if device == "cuda" and str(each.container.get("image")).endswith("-cpu"):
        yield Violation(each.key("device"), "the -cpu image has no CUDA", "write cpu")
