"""Requests that go to OpenAI."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.programs import programs

ADDRESSES = {
    "AUDIO_STT_ENGINE": "AUDIO_STT_OPENAI_API_BASE_URL",
    "AUDIO_TTS_ENGINE": "AUDIO_TTS_OPENAI_API_BASE_URL",
    "RAG_EMBEDDING_ENGINE": "RAG_OPENAI_API_BASE_URL",
    "IMAGE_GENERATION_ENGINE": "IMAGES_OPENAI_API_BASE_URL",
    "IMAGE_EDIT_ENGINE": "IMAGES_EDIT_OPENAI_API_BASE_URL",
}


@rule("programs/openai-by-default")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each engine openai without its address, and for each address that is OpenAI's."""
    for each in programs(view):
        if each.program != "openwebui":
            continue
        for engine, address in ADDRESSES.items():
            view.count("addresses")
            if each.env.get(engine) == "openai" and not each.env.get(address):
                message = f"{engine} is openai and {address} is not given: it would be api.openai.com"
                yield Violation(each.env_key(engine), message, f"give {address}")
        for name, value in each.env.items():
            if name.endswith("_BASE_URL") and "api.openai.com" in str(value):
                message = f"{name} sends what people say, draw or upload to OpenAI"
                yield Violation(
                    each.env_key(name), message, "take it out, or waive it if that is meant", severity="warning"
                )
