"""Keys of Secrets that variables are read from."""

from collections.abc import Iterator
from dataclasses import replace

from ai_server.checks.core.keypaths import dotted
from ai_server.checks.core.model import Severity, Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.pods import containers
from ai_server.checks.subjects.secrets import key_of_model, keys_of_secret
from ai_server.near import choice
from ai_server.reading.edit import Change
from ai_server.reading.profiles import Keys

ADDRESSES = ("uri", "url")
"""Keys with the address of a server, in the Secrets that CloudNativePG and others make."""


@rule("kubernetes/no-such-key")
def keys_of_secrets(view: RenderView) -> Iterator[Violation]:
    """Compares each reference with the keys of its Secret, as far as they are known."""
    missing: dict[tuple[Keys, str, bool], set[str]] = {}
    for container in containers(view):
        for variable, source in container.env.items():
            reference = (source.get("secretKeyRef") or {}) if isinstance(source, dict) else {}
            name, key = str(reference.get("name", "")), str(reference.get("key", ""))
            known = keys_of_secret(view, name)
            of_model = bool(reference.get("optional")) and not container.given("env", variable)
            if (of_model or not reference.get("optional")) and known is not None and key not in known:
                field = ("env", variable, "valueFrom", "secretKeyRef")
                keys = container.given(*field, "key") or container.place(*field, "name")
                keys = (key_of_model(view, name, key) or keys) if of_model else keys
                missing.setdefault((keys, name, of_model), set()).add(key)
    for (keys, name, of_model), of_secret in missing.items():
        yield _violation(view, keys, name, sorted(of_secret), of_model=of_model)


def _violation(view: RenderView, keys: Keys, name: str, missing: list[str], *, of_model: bool) -> Violation:
    """The keys that a Secret does not have. of_model: the key of an external model, without which the pod starts."""
    there, wanted = sorted(keys_of_secret(view, name) or ()), ", ".join(missing)
    cost = "this model cannot answer" if of_model else "the container does not start"
    severity: Severity | None = "warning" if of_model else None
    violation = Violation(keys, f"Secret {name} has no {wanted}, so {cost}", severity=severity)
    if near := choice(wanted, there) if view.get(*keys) == wanted else "":
        return violation.use(near)
    if of_model and len(there) == 1:
        change = Change("set", (*keys[:-1], "key"), there[0], certain=False)
        how = "use" if keys[-1] == "key" else "set key:"
        return replace(violation, fix=f"perhaps {how} {there[0]}, the only key of the Secret", changes=(change,))
    if of_model and view.get(*keys) != wanted:
        return replace(violation, fix=f"set key to one of: {', '.join(there)}")
    setting = (*keys[:-1], "key")
    if not of_model and view.get(*setting) == wanted:
        return _other_key(violation, setting, wanted, there)
    fix = f"use one of: {', '.join(there)}" if view.get(*keys) == wanted else f"add {wanted} to it"
    return replace(violation, fix=fix)


def _other_key(violation: Violation, setting: Keys, wanted: str, there: list[str]) -> Violation:
    """The same for the Secret of a database or of Redis, whose key a setting names: the one with the address."""
    how = "use" if violation.keys == setting else f"set {dotted(setting)}"
    right = choice(wanted, there) or next(
        (key for key in ADDRESSES if key in there), there[0] if len(there) == 1 else ""
    )
    if not right:
        return replace(violation, fix=f"{how} {'one of' if how == 'use' else 'to one of'}: {', '.join(there)}")
    fix = f"{how}{':' * (how != 'use')} {right}"
    change = Change("set", setting, right, certain=right in ADDRESSES)
    return replace(violation, fix=fix if change.certain else f"perhaps {fix}", changes=(change,))
