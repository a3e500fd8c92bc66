"""The models that the chat page is told to use."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from ai_server.checks import facts
from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.gateway import gateway
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.reading.data import read_data


@cache
def _known() -> dict[str, Any]:
    known: dict[str, Any] = read_data(facts.__file__, "openwebui_models.yaml")
    return known


@rule("routes/wrong-kind")
def wrong_kind(view: RenderView) -> Iterator[Violation]:
    """A finding for each setting whose model is served with another mode."""
    modes = gateway(view).modes
    for setting, wanted in _known()["settings"].items():
        keys = ("openwebui", *setting.split("."))
        name = view.get(*keys)
        if name in modes:
            view.count("models of the chat page")
            if modes[name] not in wanted:
                fitting = sorted(model for model, mode in modes.items() if mode in wanted)
                fix = f"write {' or '.join(fitting)}" if fitting else 'write "": nobody serves such a model'
                yield Violation(keys, f"{name} is for {modes[name]}, not for {wanted[0]}", fix)


@rule("routes/nobody-serves")
def nobody_serves(view: RenderView) -> Iterator[Violation]:
    """A finding for each such name in openwebui.extraEnv; the chart refuses those at its own keys."""
    served = ", ".join(sorted(gateway(view).modes))
    for page in programs(view):
        if page.program != "openwebui" or not served or view.get("openwebui", "gatewayUrl"):
            continue
        for variable, name in _names(view, page):
            view.count("models of the chat page")
            if not gateway(view).answers(name):
                yield Violation(page.env_key(variable), f'nobody serves "{name}"', f"served are: {served}")


def _names(view: RenderView, page: ProgramContainer) -> Iterator[tuple[str, str]]:
    """The names in variables that the values give, each with its variable, where the release's LiteLLM is asked."""
    elsewhere = any(view.given(*page.env_key(name)) for name in _known()["others"])
    for variable, asked in _known()["variables"].items():
        value, engine = page.env.get(variable), asked.get("engine")
        if not isinstance(value, str) or not view.given(*page.env_key(variable)):
            continue
        if view.given(*page.env_key(asked["address"])) or (page.env.get(engine) != "openai" if engine else elsewhere):
            continue
        for name in value.split(",") if variable == "DEFAULT_MODELS" else [value]:
            if name.strip():
                yield variable, name.strip()
    if view.given(*page.env_key("OPENAI_API_CONFIGS")) and not elsewhere:
        for name in _shown(page.env.get("OPENAI_API_CONFIGS")):
            yield "OPENAI_API_CONFIGS", name


def _shown(configs: Any) -> list[str]:
    """The model_ids of the first connection, which is the release's."""
    try:
        first = json.loads(configs).get("0", {})
        return [str(name) for name in first.get("model_ids", []) if not first.get("prefix_id")]
    except (ValueError, TypeError, AttributeError):
        return []
