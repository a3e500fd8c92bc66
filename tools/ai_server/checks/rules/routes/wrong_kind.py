"""A model of the chat page that is of another kind."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.gateway import modes

WANTED = {
    ("taskModel",): ("chat", "completion"),
    ("audio", "sttModel"): ("audio_transcription",),
    ("audio", "ttsModel"): ("audio_speech",),
    ("documents", "embeddingModel"): ("embedding",),
}


@rule("routes/wrong-kind")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each setting whose model is served with another mode."""
    kinds = modes(view)
    for setting, wanted in WANTED.items():
        name = view.get("openwebui", *setting)
        if name and name in kinds:
            view.count("models of the chat page")
            if kinds[name] not in wanted:
                fitting = sorted(each for each, mode in kinds.items() if mode in wanted)
                fix = f"write {' or '.join(fitting)}" if fitting else 'write "": nobody serves such a model'
                yield Violation(("openwebui", *setting), f"{name} is for {kinds[name]}, not for {wanted[0]}", fix)
