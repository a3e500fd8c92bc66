"""A password that everybody knows."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule
from ai_server.checks.engine.secret_forms import KNOWN, names_a_secret
from ai_server.checks.engine.secrets import named

RULE = Rule(
    "A password or key that everybody knows",
    needs="values",
    why="Examples and defaults are the first that anybody tries; LiteLLM itself refuses the sk-1234 of its own"
    " documentation.",
    wrong="openwebui:\n  extraEnv: {WEBUI_ADMIN_PASSWORD: admin}",
    right="openwebui:\n  admin: {email: me@example.lan}",
)


def check(context: Context) -> Iterator[Found]:
    """A finding for each such text at a key for a secret; flags with keys have a rule of their own."""
    for keys, name, value in named(context.values.values):
        if (
            not names_a_secret(name)
            or name.startswith("--")
            or name.endswith("Secret")
            or str(value).lower() not in KNOWN
        ):
            continue
        context.count("known passwords")
        written = context.values.plain.get(keys, value)
        yield Found(keys, f'"{written}" is the first that anybody would try', "leave it out: the chart makes one")
