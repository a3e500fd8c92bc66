"""A variable that is not what it looks like."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.programs import ProgramContainer, programs

OWN = {
    "llama-server": {"LLAMA_ARG_PORT": "port", "LLAMA_ARG_HOST": "", "LLAMA_ARG_MODELS_PRESET": "models"},
    "vllm": {"VLLM_PORT": "port", "VLLM_HOST_IP": ""},
    "speaches": {"UVICORN_PORT": "port", "UVICORN_HOST": "", "API_KEY": "apiKeyEnv"},
    "litellm": {"PORT": "port", "CONFIG_FILE_PATH": "models"},
    "openwebui": {
        "PORT": "port",
        "DATA_DIR": "persistence",
        "OPENAI_API_BASE_URL": "gatewayUrl",
        "ENABLE_PERSISTENT_CONFIG": "persistentConfig",
    },
}


@rule("programs/internal-variable")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each such variable in the values."""
    for each in programs(view):
        for name, key in OWN.get(each.program, {}).items():
            keys = each.env_key(name)
            if name in each.env and view.given(*keys):
                instead = f"set {key} instead" if key else "take it out"
                yield Violation(keys, f"{name} would be told to {each.program} alone, or means something else", instead)
        if each.program == "openwebui":
            yield from _connections(view, each)


def _connections(view: RenderView, each: ProgramContainer) -> Iterator[Violation]:
    """OPENAI_API_BASE_URLS without the chart's address in it, and OPENAI_API_KEYS alone."""
    chart, urls = each.env.get("OPENAI_API_BASE_URL"), each.env.get("OPENAI_API_BASE_URLS")
    if isinstance(urls, str) and urls and chart not in [url.strip() for url in urls.split(";")]:
        message = "this list wins over the chart's address, which is not in it"
        fix = f"set gatewayUrl instead, or begin the list with {chart}"
        yield Violation(each.env_key("OPENAI_API_BASE_URLS"), message, fix)
    if each.env.get("OPENAI_API_KEYS") and not urls:
        message = "these keys win over the one that the chart takes from the Secret"
        yield Violation(each.env_key("OPENAI_API_KEYS"), message, "take it out")
