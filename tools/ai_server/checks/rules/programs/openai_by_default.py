"""Requests that go to OpenAI."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.running import running

RULE = Rule(
    "An engine of Open WebUI whose address is OpenAI's",
    why="Open WebUI sends speech, images and document embeddings to https://api.openai.com unless each has its own"
    " address. The chart gives each the gateway's; one that is taken away or set to OpenAI's takes private data out of"
    " the house, or fails with an odd message.",
    wrong='openwebui:\n  extraEnv:\n    IMAGE_EDIT_ENGINE: openai\n    IMAGES_EDIT_OPENAI_API_BASE_URL: ""',
    right="openwebui:\n  extraEnv:\n    IMAGE_EDIT_ENGINE: openai\n"
    "    IMAGES_EDIT_OPENAI_API_BASE_URL: http://images.lan:8000/v1",
)
ADDRESSES = {
    "AUDIO_STT_ENGINE": "AUDIO_STT_OPENAI_API_BASE_URL",
    "AUDIO_TTS_ENGINE": "AUDIO_TTS_OPENAI_API_BASE_URL",
    "RAG_EMBEDDING_ENGINE": "RAG_OPENAI_API_BASE_URL",
    "IMAGE_GENERATION_ENGINE": "IMAGES_OPENAI_API_BASE_URL",
    "IMAGE_EDIT_ENGINE": "IMAGES_EDIT_OPENAI_API_BASE_URL",
}


def check(context: Context) -> Iterator[Found]:
    """A finding for each engine openai without its address, and for each address that is OpenAI's."""
    for each in running(context):
        if each.program != "openwebui":
            continue
        for engine, address in ADDRESSES.items():
            context.count("addresses")
            if each.env.get(engine) == "openai" and not each.env.get(address):
                message = f"{engine} is openai and {address} is not given: it would be api.openai.com"
                yield Found(each.env_key(engine), message, f"give {address}")
        for name, value in each.env.items():
            if name.endswith("_BASE_URL") and "api.openai.com" in str(value):
                message = f"{name} sends what people say, draw or upload to OpenAI"
                yield Found(
                    each.env_key(name), message, "take it out, or waive it if that is meant", severity="warning"
                )
