"""Models that Speaches is to download without a network."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.running import running

RULE = Rule(
    "PRELOAD_MODELS, which ends Speaches when it is offline",
    why="Speaches downloads what PRELOAD_MODELS names before it starts, and ends when it cannot. The chart runs it"
    " offline: models are put into hubCache beforehand.",
    wrong="thor:\n  speech: {extraEnv: {PRELOAD_MODELS: '[\"Systran/faster-whisper-small\"]'}}",
    right="thor:\n  speech: {extraEnv: {PRELOAD_MODELS: '[]'}}",
)


def check(context: Context) -> Iterator[Found]:
    """A finding where models are named and the hub is off."""
    for each in running(context):
        named = str(each.env.get("PRELOAD_MODELS", "")).strip()
        if each.program == "speaches" and named not in ("", "[]") and each.env.get("HF_HUB_OFFLINE") == "1":
            message = "Speaches would download these before it starts, and is offline: it ends"
            yield Found(each.env_key("PRELOAD_MODELS"), message, "take it out, and put the models into hubCache")
