"""Secrets where others can read them, and well-known passwords."""

from collections.abc import Iterator

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.secrets import Secret, default_passwords
from ai_server.checks.core.views import ValuesView
from ai_server.checks.subjects.from_secret import fix_for_secret
from ai_server.helm.secret import KEYS
from ai_server.reading.profiles import Keys
from ai_server.reading.textfile import Place

OWN = {"masterkey", "saltkey", "adminpassword", "secretkey"}
"""The ends of the names of keys that the chart's Secret has, in any spelling."""


@rule("security/secret-in-values")
def secret_in_values(view: ValuesView) -> Iterator[Violation]:
    """Looks at every text and name that looks like a secret, at keys for one, and at manifests of Secrets."""
    first: dict[tuple[Keys, Place], Secret] = {}
    for secret, place in view.secrets:
        first.setdefault((secret.keys, place), secret)
    for (keys, place), secret in first.items():
        looks = f"its name contains {secret.kind}" if secret.in_name else f"looks like {secret.kind}"
        fix = fix_for_secret((*keys[:-1], "NAME") if secret.in_name else keys)
        yield Violation(keys, f"{looks}; keep secrets out of values files", fix, place)


@rule("security/default-password")
def default_password(view: ValuesView) -> Iterator[Violation]:
    """Looks at every key for a secret; security/secret-in-args reports flags."""
    for keys, value in default_passwords(view.values.values):
        message = f'"{view.values.plain.get(keys, value)}" is a well-known default password'
        if keys[0] == "extraObjects" or not _of_the_chart(str(keys[-1])):
            yield Violation(keys, message, fix_for_secret(keys))
            continue
        sent = ", which the page and the tests send" if str(keys[-1]).lower().endswith("master_key") else ""
        yield Violation(keys, message).remove(f": the chart creates one{sent}")


def _of_the_chart(name: str) -> bool:
    """Whether the chart creates the secret with this name."""
    plain = name.replace("_", "").replace("-", "").lower()
    return name in KEYS or any(plain.endswith(own) for own in OWN)
