"""A secret in plain values."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.subjects.from_secret import how

RULE = Rule(
    "A key, token or password in the values",
    needs="values",
    why="Values are kept in Git, and Helm keeps them in the release: whoever reads one reads the key. Secrets belong in"
    " a Secret: global.existingSecret, apiKeySecret, or extraEnv with valueFrom.secretKeyRef; LiteLLM's own settings"
    " read a variable by os.environ/NAME.",
    wrong="litellm:\n  extraEnv: {OPENAI_API_KEY: sk-proj-Zk3bQ9xT7mLw2RvY8nHc5JdF}",
    right="litellm:\n  extraEnv: {OPENAI_API_KEY: {valueFrom: {secretKeyRef: {name: openai, key: api-key}}}}",
)


def check(context: Context) -> Iterator[Found]:
    """A finding for each text that looks like a secret, or that stands at a key for one."""
    context.count("texts against secrets", len(context.values.plain) or 1)
    told = set()
    for secret, place in context.secrets:
        if (secret.keys, place) not in told:
            told.add((secret.keys, place))
            message = f"this looks like {secret.kind}, and values are no place for it"
            yield Found(secret.keys, message, how(secret.keys), place)
