"""A model of the chat page that is of another kind."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.gateway import modes

RULE = Rule(
    "A model of the chat page that is for something else",
    why="Open WebUI asks the model that it is told, whatever it can do: titles from a speech model, documents indexed"
    " by a chat model, fail each time.",
    wrong="openwebui:\n  documents: {embeddingModel: chat}",
    right="openwebui:\n  taskModel: chat",
)
WANTED = {
    ("taskModel",): ("chat", "completion"),
    ("audio", "sttModel"): ("audio_transcription",),
    ("audio", "ttsModel"): ("audio_speech",),
    ("documents", "embeddingModel"): ("embedding",),
}


def check(context: Context) -> Iterator[Found]:
    """A finding for each setting whose model is served with another mode."""
    kinds = modes(context)
    for setting, wanted in WANTED.items():
        name = context.get("openwebui", *setting)
        if name and name in kinds:
            context.count("models of the chat page")
            if kinds[name] not in wanted:
                fitting = sorted(each for each, mode in kinds.items() if mode in wanted)
                fix = f"write {' or '.join(fitting)}" if fitting else 'write "": nobody serves such a model'
                yield Found(("openwebui", *setting), f"{name} is for {kinds[name]}, not for {wanted[0]}", fix)
