"""The models in the settings of the chat page."""

import json
from collections.abc import Iterator
from typing import Any

from ai_server.checks import facts
from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.gateway import gateway, unanswered
from ai_server.checks.subjects.origins import table
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.kube.addresses import service_of
from ai_server.near import choice
from ai_server.reading.profiles import Keys

KOKORO = "kokoro-82m-v1.0"


@rule("routes/wrong-kind")
def wrong_kind(view: RenderView) -> Iterator[Violation]:
    """Compares the mode of each model with its setting, and with its variable."""
    modes = gateway(view).modes
    for setting, wanted in facts.table("openwebui_models")["settings"].items():
        keys = ("openwebui", *setting.split("."))
        name = view.get(*keys)
        if name in modes and modes[name] not in wanted:
            fitting = sorted(model for model, mode in modes.items() if mode in wanted)
            fix = f"use {' or '.join(fitting)}" if fitting else 'use "": no such model is served'
            yield Violation(keys, f"{name} is for {modes[name]}, not for {wanted[0]}", fix)
    for page in programs(view, "openwebui"):
        for keys, name, about in _names(view, page):
            if about and name in modes and modes[name] not in _wanted(about):
                yield Violation(
                    keys, f"{name} is for {modes[name]}, not for {_wanted(about)[0]}", _fix(view, name, about)
                )


@rule("routes/page-at-backend")
def page_at_backend(view: RenderView) -> Iterator[Violation]:
    """Looks for the pods behind openwebui.gatewayUrl: those of a node accept another key than LiteLLM's."""
    keys, of_node = ("openwebui", "gatewayUrl"), table()["labels"]["node"]
    name = service_of(str(view.get(*keys) or ""), view.namespace)
    for page in programs(view, "openwebui"):
        source = page.env.get("OPENAI_API_KEY")
        key = (source.get("secretKeyRef") or {}).get("key") if isinstance(source, dict) else source
        if key == "LITELLM_MASTER_KEY" and view.manifests.has("Service", name):
            pods = view.manifests.selected_by(view.manifests.get("Service", name))
            if any(of_node in pod.labels for pod in pods):
                message = (
                    "this server expects BACKEND_API_KEY, but the page sends LITELLM_MASTER_KEY: each chat is a 401"
                )
                yield Violation(keys, message)


@rule("routes/no-such-voice")
def no_such_voice(view: RenderView) -> Iterator[Violation]:
    """Compares the page's voice with those of Kokoro, if Speaches reads aloud with it."""
    if not all("speaches-ai/speaches" in server.container["image"] for server in programs(view, "speaches")):
        return
    voices, of_openai = (facts.table("kokoro_voices")[kind] for kind in ("voices", "openai"))
    models = {route.model: route.backend_model for route in gateway(view).routes if not route.entry}
    for page in programs(view, "openwebui"):
        voice, keys = page.env.get("AUDIO_TTS_VOICE"), page.env_key("AUDIO_TTS_VOICE")
        ours = page.env.get("AUDIO_TTS_ENGINE") == "openai" and not view.get("openwebui", "gatewayUrl")
        ours = ours and not view.given(*page.env_key("AUDIO_TTS_OPENAI_API_BASE_URL"))
        kokoro = KOKORO in models.get(str(page.env.get("AUDIO_TTS_MODEL")), "").lower()
        if ours and kokoro and isinstance(voice, str) and voice not in (*voices, *of_openai):
            of_each_kind = {name[:3]: name for name in reversed(voices)}.values()
            same_kind = [name for name in voices if name[:3] == voice[:3]] or sorted(of_each_kind)
            violation = Violation(keys, f'Kokoro has no voice "{voice}"', f"use one of {', '.join(same_kind)}")
            near = choice(voice, voices)
            yield violation.use(near) if near else violation


@rule("routes/nobody-serves")
def nobody_serves(view: RenderView) -> Iterator[Violation]:
    """Looks at openwebui.extraEnv; the chart rejects such names in its own keys."""
    for page in programs(view, "openwebui"):
        if not view.get("openwebui", "gatewayUrl"):
            names = list(_names(view, page))
            fixes = {(keys, name): _fix(view, name, about) for keys, name, about in names if about}
            yield from unanswered(view, [(keys, name) for keys, name, _ in names], fixes)


def _wanted(about: dict[str, Any]) -> list[str]:
    """The modes of the models that fit a variable."""
    modes: list[str] = facts.table("openwebui_models")["settings"][about["setting"]]
    return modes


def _fix(view: RenderView, name: str, about: dict[str, Any]) -> str:
    """The models that fit a variable, and the key that the chart has for it."""
    wanted = _wanted(about)
    fitting = sorted(model for model, mode in gateway(view).modes.items() if mode in wanted)
    key = f"openwebui.{about['setting']}" if about.get("key", True) else ""
    if not fitting:
        return f"remove it; to use one, serve a model with mode: {wanted[0]}" + (
            f", and name it in {key}" if key else ""
        )
    near = choice(name, fitting)
    meant = [near] if near else fitting
    use = f"use {meant[0]}" if len(meant) == 1 else f"use one of: {', '.join(meant)}"
    return f"{use}; its key is {key}" if key else use


def _names(view: RenderView, page: ProgramContainer) -> Iterator[tuple[Keys, str, dict[str, Any]]]:
    """The names in variables of the values, each with its key and what is known about the variable, if requests go to
    the release's LiteLLM.
    """
    elsewhere = any(view.given(*page.env_key(name)) for name in facts.table("openwebui_models")["others"])
    for variable, about in facts.table("openwebui_models")["variables"].items():
        value, engines = page.env.get(variable), about.get("engine", {})
        if not isinstance(value, str) or not view.given(*page.env_key(variable)):
            continue
        other = any(page.env.get(name) != engine for name, engine in engines.items()) if engines else elsewhere
        if other or view.given(*page.env_key(about["address"])):
            continue
        for name in value.split(",") if variable == "DEFAULT_MODELS" else [value]:
            if name.strip():
                yield page.env_key(variable), name.strip(), about
    if view.given(*page.env_key("OPENAI_API_CONFIGS")) and not elsewhere:
        for name in _shown(page.env.get("OPENAI_API_CONFIGS")):
            yield page.env_key("OPENAI_API_CONFIGS"), name, {}


def _shown(configs: Any) -> list[str]:
    """The model_ids of the first connection, which is the release's."""
    try:
        first = json.loads(configs).get("0", {})
        return [str(name) for name in first.get("model_ids", []) if not first.get("prefix_id")]
    except (ValueError, TypeError, AttributeError):
        return []
