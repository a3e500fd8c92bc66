"""A setting from a variable that is not there."""

from collections.abc import Iterator
from difflib import get_close_matches

from ai_server.checks.engine.keypaths import leaves
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.gateway import all_routes, env
from ai_server.checks.subjects.programs import programs
from ai_server.reading.profiles import Keys

FROM = "os.environ/"
SECTIONS = ("generalSettings", "litellmSettings", "routerSettings")
OF_THE_IMAGE = ("PATH", "HOSTNAME", "PYTHON_VERSION", "PWD")
KEY_OF_ITS_OWN = ("hosted_vllm", "llamafile")
"""Providers for which LiteLLM makes up a key: a server that wants none still answers."""


@rule("programs/unset-variable")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each such name; none where an entrypoint of the user's own, or envFrom, may set more."""
    each = next((each for each in programs(view) if each.program == "litellm"), None)
    if not each or each.container.get("command") or each.container.get("envFrom"):
        return
    there = env(view)
    providers = {route.id: str(route.params.get("model", "")).partition("/")[0] for route in all_routes(view)}
    for keys, value in _texts(view):
        name = value.removeprefix(FROM)
        view.count("variables of settings")
        if name in there or name in OF_THE_IMAGE:
            continue
        near = get_close_matches(name, there, n=1, cutoff=0.8)
        hint = f"; did you mean {near[0]}?" if near else ""
        soft = keys[1] == "models" and keys[-1] == "api_key" and providers.get(f"extra-{keys[2]}") in KEY_OF_ITS_OWN
        fix = f"write {FROM}{near[0]}" if near else f"give {name} in litellm.extraEnv"
        message = f"LiteLLM has no variable {name}, and reads it as nothing{hint}"
        yield Violation(keys, message, fix, severity="warning" if soft else None)


def _texts(view: RenderView) -> Iterator[tuple[Keys, str]]:
    """Every text of the values that names a variable of LiteLLM's, with its key."""
    places: list[Keys] = [("litellm", section) for section in SECTIONS]
    for name, model in (view.get("litellm", "models") or {}).items():
        if isinstance(model, dict) and model.get("enabled") is not False:
            places.append(("litellm", "models", name, "params"))
    for place in places:
        for keys, value in leaves(view.get(*place) or {}, place):
            if isinstance(value, str) and value.startswith(FROM):
                yield keys, value
