"""A password that everybody knows."""

import re
from collections.abc import Iterator

from ai_server.checks.findings import Context, Found, leaves
from ai_server.checks.rules import Rule

RULE = Rule(
    "A password or key that everybody knows",
    needs="values",
    why="Examples and defaults are the first that anybody tries; LiteLLM itself refuses the sk-1234 of its own"
    " documentation.",
    wrong="openwebui:\n  extraEnv: {WEBUI_ADMIN_PASSWORD: admin}",
    right="openwebui:\n  admin: {email: me@example.lan}",
)
NAMES = re.compile(r"(?i)(api_?key|token|password|passwd|secret|master_?key|salt_?key)")
KNOWN = {
    *("sk-1234", "sk-123456", "admin", "administrator", "password", "passw0rd", "changeme", "change-me", "changeit"),
    *("secret", "test", "12345", "123456", "12345678", "root", "letmein", "qwerty", "t0p-s3cr3t", "default", "llm"),
    *("sk-xxxx", "your-api-key", "your_api_key", "yourpassword", "token-abc123", "postgres", "litellm", "openwebui"),
}


def check(context: Context) -> Iterator[Found]:
    """A finding for each such text at a key for a secret."""
    for keys, value in leaves(context.values.values):
        name = str(keys[-1]) if keys else ""
        if (
            isinstance(value, str)
            and NAMES.search(name)
            and value.lower() in KNOWN
            and not name.endswith(("Secret", "Env"))
        ):
            context.count("known passwords")
            if name in ("name", "key") or (len(keys) > 1 and str(keys[-2]).endswith(("Secret", "KeyRef"))):
                continue
            yield Found(keys, f'"{value}" is the first that anybody would try', "leave it out: the chart makes one")
