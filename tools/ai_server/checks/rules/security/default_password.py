"""A password that everybody knows."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.secret_forms import KNOWN, names_a_secret
from ai_server.checks.engine.secrets import named
from ai_server.checks.engine.views import ValuesView


@rule("security/default-password")
def check(view: ValuesView) -> Iterator[Violation]:
    """A finding for each such text at a key for a secret; flags with keys have a rule of their own."""
    for keys, name, value in named(view.values.values):
        if (
            not names_a_secret(name)
            or name.startswith("--")
            or name.endswith("Secret")
            or str(value).lower() not in KNOWN
        ):
            continue
        view.count("known passwords")
        written = view.values.plain.get(keys, value)
        yield Violation(keys, f'"{written}" is the first that anybody would try', "leave it out: the chart makes one")
