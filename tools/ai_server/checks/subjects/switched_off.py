"""The switch that disables a model, to report it for a name that is not served."""

from collections.abc import Iterator

from ai_server.checks.core.views import ValuesView
from ai_server.checks.subjects.nodes import KINDS, entries
from ai_server.reading.profiles import Keys


def switch(view: ValuesView, name: str) -> Keys:
    """The enabled: false that keeps a name from being served; () if there is none."""
    for entry in _entries(view, name):
        for length in range(1, len(entry) + 1):
            keys = (*entry[:length], "enabled")
            if view.get(*keys) is False and view.given(*keys):
                return keys
    return ()


def _entries(view: ValuesView, name: str) -> Iterator[Keys]:
    """The entries of the values that serve a model with that name, enabled or not."""
    for kind in KINDS:
        if name in view.get(kind, "models"):
            yield (kind, "models", name)
            yield from entries(view)
    for of_node in entries(view):
        names = view.effective(of_node, "vllm", "servedNames")
        model = str(view.effective(of_node, "vllm", "model") or "")
        if name in (names or [model.rpartition("/")[2]]):
            yield from ((*of_node, "vllm"), (*of_node[:1], "vllm"))
        for owner in (of_node, of_node[:1]):
            if name in (view.get(*owner, "speech", "models") or {}):
                yield from ((*owner, "speech", "models", name), (*of_node, "speech"))
    for key, model in view.get("litellm", "models").items():
        if name in (key, model.get("name")):
            yield ("litellm", "models", key)


def names_of_models(view: ValuesView) -> Iterator[str]:
    """The names of all models in the values, served or not."""
    for kind in KINDS:
        yield from view.get(kind, "models")
    for of_node in entries(view):
        yield from view.effective(of_node, "vllm", "servedNames") or []
        yield from view.effective(of_node, "speech", "models") or {}
    for key, model in view.get("litellm", "models").items():
        yield model.get("name") or key
