"""Settings of Speaches that do not go together."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.programs import ProgramContainer, programs


@rule("programs/speech-setting")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each such setting where the image is Speaches'."""
    for each in programs(view):
        if each.program == "speaches" and "speaches-ai/speaches" in str(each.container.get("image")):
            view.count("settings of Speaches")
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
