"""Flags that a program does not know, that the chart already sets, or that belong elsewhere."""

from collections.abc import Iterator
from dataclasses import replace
from typing import get_args

from ai_server.checks import facts
from ai_server.checks.core.keypaths import takes_next
from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.facts import flags_of
from ai_server.checks.facts.rows import of_some_builds
from ai_server.checks.subjects.arguments import Argument
from ai_server.checks.subjects.chart_flags import with_its_key
from ai_server.checks.subjects.mounted import unmounted
from ai_server.checks.subjects.presets import MODEL_KEYS, Preset, keys_of_flags, presets
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.reading.profiles import Keys

OF_FILES = ("file", "mmproj", "draft.file", "loras")
WITH_FLAGS = ("llama-server", "vllm", "comfyui", "litellm")


@rule("programs/flag-twice")
def flag_twice(view: RenderView) -> Iterator[Violation]:
    """Compares extraArgs with the arguments before them, in any spelling."""
    for server in programs(view, *WITH_FLAGS):
        for argument in server.extra:
            if argument.name in server.by_chart:
                message = f"the chart already sets {argument.name}"
                violation = Violation(server.extra_key(argument), message, items=argument.items)
                if argument.name == "--device" and argument.values:
                    device = argument.values[0]
                    fix = f"remove it, and set flags: {{device: {device}}} in the model, or gpuCount for several"
                    yield replace(violation, fix=fix)
                    continue
                opposite = argument.flag.startswith("--no-") and not argument.name.startswith("--no-")
                flag = f"--no-{argument.name[2:]}" if opposite else argument.name
                yield with_its_key(server, violation, flag, argument.values)


@rule("programs/flags-exclude")
def flags_exclude(view: RenderView) -> Iterator[Violation]:
    """Looks for two flags of a group of which a program accepts one; reports the last that the user's files set."""
    for server in programs(view, *WITH_FLAGS):
        for group in flags_of(server.program).exclusive:
            given = [argument for argument in server.parsed if argument.name in group]
            extra = [argument for argument in given if server.extra_key(argument)]
            others = [argument for argument in given if extra and argument.name != extra[-1].name]
            if others:
                message = f"{server.program} exits on {extra[-1].flag} next to {others[0].flag}"
                fix = "remove one of the two"
                if switch := _switch(server, others[0]):
                    fix = f"remove it, or set {switch}: false"
                yield Violation(server.extra_key(extra[-1]), message, fix)


def _switch(server: ProgramContainer, argument: Argument) -> str:
    """The chart's key that sets a flag without a value: bf16Vae for --bf16-vae; "" for a flag of extraArgs."""
    first, *others = (argument.name or argument.flag).lstrip("-").split("-")
    key = first + "".join(map(str.capitalize, others))
    return key if not server.extra_key(argument) and server.value(key) is True else ""


@rule("programs/unknown-flag")
def unknown_flag(view: RenderView) -> Iterator[Violation]:
    """Looks at extraArgs and at the flags of each model."""
    for server in programs(view, *WITH_FLAGS):
        for argument in server.extra:
            if argument.flag and not argument.name and argument.flag not in of_some_builds():
                value = f"={argument.values[0]}" if argument.joined else ""
                yield _unknown(server.extra_key(argument), argument.flag, server, value)
    known = flags_of("llama-server")
    for preset in presets(view):
        for name in (name for name in preset.flags if preset.key(name)[-1] == name):
            # a command line has long flags; models.ini also accepts short ones and variables
            main = known.of_preset(name) if preset.server.router else known.canonical(f"--{name}")
            plain = name.lstrip("-")
            if plain != name and (flag := known.of_preset(plain)):
                yield _with_dashes(preset.key(name), plain, flag)
            elif not main and f"--{name}" not in of_some_builds() and not _own_key(preset, name):
                yield _unknown(preset.key(name), f"--{plain}", preset.server)


WITH_OTHER_VALUES = ("mode", "loras", "flashAttn", "fit")
"""The keys of models that have other values than their flags."""
MODEL_FLAGS = [f"--{name}" for name in MODEL_KEYS]
"""The flags that have a key of their own."""


def _with_dashes(keys: Keys, name: str, flag: str) -> Violation:
    """A flag of a model as on a command line, with its name and its main spelling."""
    violation = Violation(keys, f"a flag is written without dashes here: {name}")
    return violation.move((*keys[:-1], name), certain=flag not in map(flags_of("llama-server").canonical, MODEL_FLAGS))


def _unknown(keys: Keys, flag: str, server: ProgramContainer, value: str = "") -> Violation:
    known = flags_of(server.program)
    problem = f"{server.version} {'exits on' if server.same_version else 'does not know'}"
    if since := known.removed(flag):
        items = 2 if takes_next(server.view.get(*keys[:-1]), keys[-1]) else 1
        message = f"{problem} {flag}, which was removed: {since}"
        return Violation(keys, message, severity=server.severity, items=items).remove()
    if several := known.abbreviated(flag):
        message = f"{problem} {flag}, which may mean {', '.join(several[:-1])} or {several[-1]}"
        return Violation(keys, message, "use the complete name", severity=server.severity)
    other = facts.table("other_flags").get(server.program, {}).get(flag, {})
    if other and not (isinstance(keys[-1], str) and "own" in other):
        return _of_another(keys, flag, server, value, other)
    near = other.get("own") or known.of_preset(flag.lstrip("-")) or known.near(flag)
    hint = f"; did you mean {near}?" if near else ""
    message = f"{problem} {'the unknown flag ' if server.same_version else ''}{flag}{hint}"
    violation = Violation(keys, message, "remove it, or use a build that supports it", severity=server.severity)
    if isinstance(keys[-1], str) and (own := keys_of_flags().get(known.canonical(near))):
        return _to_own_key(violation, own)
    if near and isinstance(keys[-1], str):
        return violation.move((*keys[:-1], near.lstrip("-")))
    return violation.use(near + value) if near else violation


def _of_another(keys: Keys, flag: str, server: ProgramContainer, value: str, other: dict[str, str]) -> Violation:
    """A flag of another program, with the key for what it sets, or why there is none."""
    items = 2 if takes_next(server.view.get(*keys[:-1]), keys[-1]) else 1
    message = f"{flag} is a flag of {other['of']}, and {server.program} exits on it"
    violation = Violation(keys, message, severity=server.severity, items=items)
    if own := other.get("own"):
        written = server.view.get(*keys[:-1])
        values = [value.lstrip("=")] if value else [str(written[int(keys[-1]) + 1])] if items > 1 else []
        return with_its_key(server, violation, own, values)
    return replace(violation.remove(), fix=f"remove it: {other['why']}")


@rule("programs/router-flag")
def router_flag(view: RenderView) -> Iterator[Violation]:
    """Looks at flags of models, and their variables, on a router, which passes them on to each model."""
    known = flags_of("llama-server")
    of_models = {known.canonical(f"--{flag}") for flag in (*MODEL_KEYS, "alias")}
    variables = {known.known[flag].env for flag in of_models}
    for server in programs(view, "llama-server"):
        if server.router:
            for flag in of_models & server.by_flag.keys():
                for argument in server.by_flag[flag]:
                    message = f"{argument.flag} on a router's command line overrides the settings of every model"
                    yield Violation(server.argument_key(argument), message)
            for variable in variables & server.env.keys():
                yield Violation(server.env_key(variable), f"{variable} of a router applies to every model")


@rule("programs/own-key")
def own_key(view: RenderView) -> Iterator[Violation]:
    """Looks at the flags of a model, of a node's server and of all servers."""
    for preset in presets(view):
        for name in preset.own & preset.flags.keys():
            if own := _own_key(preset, name):
                yield _with_own_key(preset, name, own)


def _own_key(preset: Preset, name: str) -> str:
    """The key that the chart has for a flag of a model; "" if it has none, or another rule reports the flag."""
    known = flags_of("llama-server")
    own = keys_of_flags().get(known.canonical(f"--{name}") or known.canonical(f"-{name}"), "")
    return "" if own and _reported_elsewhere(preset.server, own, preset.flags[name]) else own


def _with_own_key(preset: Preset, name: str, own: str) -> Violation:
    """A flag with the key that the chart has for it. The command line of a server without a router has long flags."""
    keys, server = preset.key(name), preset.server
    violation = Violation(keys, f"{name} has its own key, which routes and checks read", severity="warning")
    if not server.router and not flags_of("llama-server").canonical(f"--{name}"):
        message = f"{server.version} exits on --{name}, and the flag has its own key, which routes and checks read"
        violation = replace(violation, message=message, severity=server.severity)
    return _to_own_key(violation, own)


def _to_own_key(violation: Violation, own: str) -> Violation:
    """The violation of a flag with the fix to use the key that the chart has for it."""
    *above, section, _ = violation.keys
    if section == "flags" and own not in WITH_OTHER_VALUES:
        return violation.move((*above, *own.split(".")), certain=False)
    return replace(violation, fix=f"use {own}")


def _reported_elsewhere(server: ProgramContainer, key: str, value: str) -> bool:
    """Whether another rule reports the path of the flag, or draft.type cannot say the same: it has no types without a
    draft model, and not several.
    """
    if key == "draft.type":
        from ai_server.values.llamacpp import DraftType

        return value not in get_args(DraftType)
    return key in OF_FILES and (not value.startswith("/") or unmounted(server, value))
