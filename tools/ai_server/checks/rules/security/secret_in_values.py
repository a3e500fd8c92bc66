"""A secret in plain values."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import ValuesView
from ai_server.checks.subjects.from_secret import how


@rule("security/secret-in-values")
def check(view: ValuesView) -> Iterator[Violation]:
    """A finding for each text that looks like a secret, or that stands at a key for one."""
    view.count("texts against secrets", len(view.values.plain) or 1)
    told = set()
    for secret, place in view.secrets:
        if (secret.keys, place) not in told:
            told.add((secret.keys, place))
            message = f"this looks like {secret.kind}, and values are no place for it"
            yield Violation(secret.keys, message, how(secret.keys), place)
