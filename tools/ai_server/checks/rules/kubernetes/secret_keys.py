"""Keys of Secrets that variables are read from."""

from collections.abc import Iterator

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.pods import containers
from ai_server.checks.subjects.secrets import keys_of_secret
from ai_server.near import choice
from ai_server.reading.profiles import Keys


@rule("kubernetes/no-such-key")
def keys_of_secrets(view: RenderView) -> Iterator[Violation]:
    """Compares each reference with the keys of its Secret, as far as they are known."""
    missing: dict[tuple[Keys, str], set[str]] = {}
    for container in containers(view):
        for variable, source in container.env.items():
            reference = (source.get("secretKeyRef") or {}) if isinstance(source, dict) else {}
            name, key = str(reference.get("name", "")), str(reference.get("key", ""))
            known = keys_of_secret(view, name)
            if not reference.get("optional") and known is not None and key not in known:
                field = ("env", variable, "valueFrom", "secretKeyRef")
                keys = container.given(*field, "key") or container.place(*field, "name")
                missing.setdefault((keys, name), set()).add(key)
    for (keys, name), of_secret in missing.items():
        there = sorted(keys_of_secret(view, name) or ())
        wanted = ", ".join(sorted(of_secret))
        violation = Violation(keys, f"Secret {name} has no {wanted}, so the container does not start")
        near = choice(wanted, there) if view.get(*keys) == wanted else ""
        fix = f"use one of: {', '.join(there)}" if view.get(*keys) == wanted else f"add {wanted} to it"
        yield violation.use(near) if near else Violation(keys, violation.message, fix)
