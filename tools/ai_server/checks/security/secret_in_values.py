"""A secret in plain values."""

import math
from collections import Counter
from collections.abc import Iterator

from ai_server.checks.findings import Context, Found, leaves
from ai_server.checks.rules import Rule
from ai_server.checks.secrets import NAMES, PREFIXES

RULE = Rule(
    "A key, token or password in the values",
    needs="values",
    why="Values are kept in Git, and Helm keeps them in the release: whoever reads one reads the key. Secrets belong in"
    " a Secret: global.existingSecret, apiKeySecret, or extraEnv with valueFrom.secretKeyRef.",
    wrong="litellm:\n  extraEnv: {OPENAI_API_KEY: sk-proj-Zk3bQ9xT7mLw2RvY8nHc5JdF}",
    right="litellm:\n  extraEnv: {OPENAI_API_KEY: {valueFrom: {secretKeyRef: {name: openai, key: api-key}}}}",
)
LEAST_BITS = 3.0
"""Shannon entropy a character: random hexadecimal has 4 and words about 2.5."""


def check(context: Context) -> Iterator[Found]:
    """A finding for each text that looks like a secret, or that stands at a key for one."""
    for keys, value in leaves(context.values.values):
        if not isinstance(value, str):
            continue
        context.count("texts against secrets")
        kind = next((kind for form, kind in PREFIXES if form.search(value)), "")
        name = str(next((key for key in reversed(keys) if isinstance(key, str)), ""))
        if (
            not kind
            and NAMES.search(name)
            and len(value) >= 12
            and _entropy(value) >= LEAST_BITS
            and _no_reference(value)
        ):
            kind = "a secret"
        if kind:
            fix = "put it in a Secret, and name that: valueFrom: {secretKeyRef: {name: ..., key: ...}}"
            yield Found(keys, f"this looks like {kind}, and values are no place for it", fix)


def _no_reference(value: str) -> bool:
    return not value.startswith(("os.environ/", "/", "$")) and " " not in value


def _entropy(text: str) -> float:
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)
