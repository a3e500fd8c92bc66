"""LiteLLM's own settings: unknown names, values of the wrong type, and variables that are not set."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from ai_server.checks import facts
from ai_server.checks.core.keypaths import leaves
from ai_server.checks.core.model import Severity, Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView, ValuesView
from ai_server.checks.facts import flags_of
from ai_server.checks.rules.programs.litellm_shapes import wrong_shapes
from ai_server.checks.subjects.forms import fits
from ai_server.checks.subjects.from_secret import REFERENCE, fix_for_secret
from ai_server.checks.subjects.gateway import gateway
from ai_server.checks.subjects.programs import programs
from ai_server.near import nearest
from ai_server.reading.profiles import Keys
from ai_server.reading.wording import seen
from ai_server.reading.yamlscalars import scalar

SECTIONS = {
    "routerSettings": "router_settings",
    "litellmSettings": "litellm_settings",
    "generalSettings": "general_settings",
}
OTHERS: Keys = ("litellm", "extraConfig")
"""The other sections of config.yaml."""
FROM = "os.environ/"
"""The prefix of a value that LiteLLM reads from a variable."""
OF_THE_IMAGE = ("PATH", "HOSTNAME", "PYTHON_VERSION", "PWD")
WITH_PLACEHOLDER_KEY = ("hosted_vllm", "llamafile")
"""Providers for which LiteLLM sends a placeholder key: a server that needs none still answers."""
KUBERNETES = {"valueFrom", "secretKeyRef", "configMapKeyRef"}


def _sections(view: ValuesView) -> Iterator[tuple[Keys, str, Any]]:
    """LiteLLM's settings, each section with its key and its name: the three, the others, and those of models."""
    for key, section in SECTIONS.items():
        yield ("litellm", key), section, view.get("litellm", key)
    yield OTHERS, "", view.get(*OTHERS)
    for keys, model in _models(view):
        yield (*keys, "params"), "params", model.get("params") or {}
        yield (*keys, "modelInfo"), "model_info", model.get("modelInfo") or {}


def _models(view: ValuesView) -> Iterator[tuple[Keys, Any]]:
    """Whatever has the params of a model: the external models, the models that are served, and those on one node."""
    for name, model in view.get("litellm", "models").items():
        yield ("litellm", "models", name), model
    for name, model in view.get("litellm", "routing", "models").items():
        keys = ("litellm", "routing", "models", name)
        yield keys, model
        yield from (((*keys, "nodes", node), settings) for node, settings in (model.get("nodes") or {}).items())


@rule("programs/unknown-setting")
def unknown_setting(view: RenderView) -> Iterator[Violation]:
    """Compares the keys of the three sections, and the names of the others, with those of the version."""
    known = flags_of("litellm")
    server = next(iter(programs(view, "litellm")), None)
    version, severity = (server.version, server.severity) if server else (f"litellm {known.version}", None)
    for key, section in SECTIONS.items():
        names = {*known.settings[section], *facts.table("litellm_types")["asked by name"]}
        for name in view.get("litellm", key).keys() - names:
            message = f"{version} has no setting {name} in {section}"
            others = [other for other, of in SECTIONS.items() if name in known.settings[of]]
            if others:
                message = f"{version} has {name} in {SECTIONS[others[0]]}, not in {section}"
                moved = Violation(("litellm", key, name), message, severity=severity)
                yield moved.move(("litellm", others[0], name), certain=False)
                continue
            yield _unknown(("litellm", key, name), message, names, severity)
    sections = facts.table("litellm_types")["sections"]
    for name in view.get(*OTHERS).keys() - {*sections, *SECTIONS.values(), "model_list"}:
        yield _unknown((*OTHERS, name), f"{version} has no section {name}", sections, severity)


def _unknown(keys: Keys, message: str, known: Iterable[str], severity: Severity | None) -> Violation:
    near = nearest(str(keys[-1]), known)
    hint = f"; did you mean {near}?" if near else ""
    violation = Violation(keys, f"{message}{hint}", severity=severity)
    return violation.move((*keys[:-1], near)) if near else violation.remove(certain=False)


@rule("programs/setting-type")
def setting_type(view: RenderView) -> Iterator[Violation]:
    """Checks the settings that must be numbers or switches.

    LiteLLM reads texts such as "600" and "false" in params only, where pydantic converts those that it declares.
    """
    for keys, section, settings in _sections(view):
        yield from wrong_shapes(keys, section, settings)
        for part in ("params", "undeclared params") if section == "params" else (section,):
            for kind, names in facts.table("litellm_types").get(part, {}).items():
                for name in settings.keys() & names:
                    if settings[name] is not None and not str(settings[name]).startswith(FROM):
                        yield from _wrong_type((*keys, name), part, kind, settings[name])


def _wrong_type(keys: Keys, section: str, kind: str, value: Any) -> Iterator[Violation]:
    if kind == "switches":
        texts = ("true", "false") if section == "params" else ("true",)
        if not isinstance(value, int) and str(value).lower() not in texts:
            message = f"must be true or false, not {seen(value)}"
            yield Violation(keys, message, "use true or false, without quotes")
    elif isinstance(value, str) and fits("number", value):
        if section != "params":
            message = f"{seen(value)} is not a number, and LiteLLM calculates with it"
            number = Violation(keys, message, severity="warning").use(scalar(value.strip()))
            yield replace(number, fix="use the number without quotes")
    elif not isinstance(value, int | float):
        wanted = "a whole number" if kind == "whole numbers" else "a number"
        message = f"must be {wanted}, not {seen(value)}"
        yield Violation(keys, message, "use a number; times are in seconds")


@rule("programs/value-from")
def value_from(view: ValuesView) -> Iterator[Violation]:
    """Looks at the three sections and at the params of models, and for their form of reference in variables."""
    for above, _, settings in _sections(view):
        for keys in _references(above, settings):
            message = "LiteLLM does not support valueFrom in its settings, and reads this as a map of keys"
            yield Violation(keys, message, fix_for_secret(keys))
    for keys, value in leaves(view.values.values):
        if "extraEnv" in keys and str(value).startswith(FROM):
            message = "only LiteLLM's own settings read os.environ/NAME: the variable has this text itself"
            yield Violation(keys, message, f"use {REFERENCE}")


def _references(keys: Keys, value: Any) -> Iterator[Keys]:
    if isinstance(value, dict) and value and value.keys() <= KUBERNETES:
        yield keys
    elif isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _references((*keys, key), inner)


@rule("programs/unset-variable")
def unset_variable(view: RenderView) -> Iterator[Violation]:
    """Skips a container whose custom command or envFrom may set more variables."""
    for server in programs(view, "litellm"):
        if server.container.get("command") or server.container.get("envFrom"):
            continue
        providers = {route.entry: route.provider for route in gateway(view).routes if route.entry}
        for keys, name in _named_variables(view):
            if name in server.env or name in OF_THE_IMAGE:
                continue
            near = nearest(name, server.env)
            hint = f"; did you mean {near}?" if near else ""
            placeholder = (
                keys[1] == "models" and keys[-1] == "api_key" and providers.get(str(keys[2])) in WITH_PLACEHOLDER_KEY
            )
            fix = f"use {FROM}{near}" if near else _given_to_litellm(name, keys)
            message = f"LiteLLM has no variable {name}, and reads it as empty{hint}"
            yield Violation(keys, message, fix, severity="warning" if placeholder else None)


def _given_to_litellm(name: str, keys: Keys) -> str:
    """How LiteLLM gets a variable: by the setting for the keys of models, else from a Secret as people keep it."""
    if keys[1] == "models" and keys[-1] == "api_key":
        return f"set apiKeySecret: {{name: my-secret, key: {name}}} of the model instead"
    return f"set litellm.extraEnv.{name}: {{valueFrom: {{secretKeyRef: {{name: my-secret, key: {name}}}}}}}"


def _named_variables(view: RenderView) -> Iterator[tuple[Keys, str]]:
    """The variables that LiteLLM's settings name, each with its key."""
    for above, _, settings in _sections(view):
        disabled = view.get(*above[:3], "enabled") is False
        for keys, value in () if disabled else leaves(settings, above):
            if isinstance(value, str) and value.startswith(FROM):
                yield keys, value.removeprefix(FROM)
