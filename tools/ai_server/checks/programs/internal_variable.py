"""A variable that is not what it looks like."""

from collections.abc import Iterator

from ai_server.checks.findings import Context, Found
from ai_server.checks.rules import Rule
from ai_server.checks.running import running

RULE = Rule(
    "A variable for something that has a key of its own, or that is the program's own business",
    why="A port or host that only the program hears of leaves probes, Services and routes at the old one. VLLM_PORT and"
    " VLLM_HOST_IP are for vLLM's own processes, not the API's.",
    wrong="thor:\n  vllm: {extraEnv: {VLLM_PORT: '8000'}}",
    right="thor:\n  vllm: {port: 8000}",
)
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


def check(context: Context) -> Iterator[Found]:
    """A finding for each such variable in the values."""
    for each in running(context):
        for name, key in OWN.get(each.program, {}).items():
            keys = each.env_key(name)
            if name in each.env and context.given(*keys):
                instead = f"set {key} instead" if key else "take it out"
                yield Found(keys, f"{name} would be told to {each.program} alone, or means something else", instead)
