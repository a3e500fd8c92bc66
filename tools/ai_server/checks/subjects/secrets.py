"""The Secrets that a release can refer to, and their keys."""

from ai_server.checks.core.views import RenderView
from ai_server.helm.secret import KEYS
from ai_server.reading.profiles import Keys


def key_of_model(view: RenderView, name: str, key: str) -> Keys:
    """The apiKeySecret of an external model that refers to a key of a Secret, or the key in it; () if none does."""
    for model, settings in view.get("litellm", "models").items():
        reference = settings.get("apiKeySecret") or {}
        if (reference.get("name"), reference.get("key") or "api-key") == (name, key):
            keys: Keys = ("litellm", "models", model, "apiKeySecret")
            return (*keys, "key") if view.given(*keys, "key") else (*keys, "name")
    return ()


def names_of_secrets(view: RenderView) -> set[str] | None:
    """The names of the Secrets in the namespace of the release; None if the cluster does not list them."""
    if view.facts is None or not view.facts.knows("Secret"):
        return None
    return {secret["metadata"]["name"] for secret in view.facts.of_kind("Secret") if view.is_here(secret)}


def elsewhere(view: RenderView, name: str) -> str:
    """For a message: the other namespaces with a Secret of that name; "" if there is none."""
    secrets = view.facts.of_kind("Secret") if view.facts else []
    others = [secret["metadata"] for secret in secrets if not view.is_here(secret)]
    spaces = sorted(metadata["namespace"] for metadata in others if metadata["name"] == name)
    return f" (it is in {', '.join(spaces)})" if spaces else ""


def keys_of_secret(view: RenderView, name: str) -> set[str] | None:
    """The keys of a Secret: of the chart's own, of an extra object, or of one in the cluster file; None if unknown."""
    if name == f"{view.release}-keys" and not view.get("global", "existingSecret"):
        return set(KEYS)
    in_cluster = view.facts.of_kind("Secret") if view.facts else []
    for secret in (*view.manifests.of_kind("Secret"), *(item for item in in_cluster if view.is_here(item))):
        keys = {**(secret.get("data") or {}), **(secret.get("stringData") or {})}
        if secret["metadata"]["name"] == name and keys:
            return set(keys)
    return None
