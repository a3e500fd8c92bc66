"""Names that nothing has: the name that was meant, or where what has it is switched off."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ai_server.checks import facts
from ai_server.checks.core.keypaths import dotted
from ai_server.checks.core.model import Violation
from ai_server.checks.core.views import ValuesView
from ai_server.checks.subjects.switched_off import names_of_models, switch
from ai_server.near import choice
from ai_server.reading.profiles import Keys
from ai_server.reading.yamltext import flow

QUANTISATION = re.compile(r"([-_.](gguf|latest|i?q[0-9]\w*|b?f16|fp(8|16)|mxfp4|nvfp4|awq|gptq|int[48]))+$")


def named(
    view: ValuesView, violation: Violation, name: str, choices: Collection[str], modes: Mapping[str, str]
) -> Violation:
    """A violation about a name at its key, with the fix; modes: of the served names."""
    if disabled := switch(view, name):
        message = f"{violation.message}: {_where(view, disabled)}"
        return replace(violation, message=message, fix=_without(view, violation.keys, name, disabled))
    fitting = [other for other in choices if _fits(violation.keys, other, modes)]
    others = {other for other in names_of_models(view) if other not in choices}
    if fitting:
        listed = violation.fix.replace(", ".join(choices), ", ".join(fitting))
        violation = replace(violation, fix=listed)
    meant = choice(name, {*fitting, *others})
    if not meant:
        return _resembling(violation, name, fitting)
    message = f"{violation.message}; did you mean {meant}?"
    if meant not in fitting:
        disabled = switch(view, meant)
        if not disabled:
            return violation
        return replace(violation, message=f"{message} {_where(view, disabled)}", fix=f"use {meant}, and enable it")
    # a name that is used in several places is hardly misspelt: what it names may have another name by mistake
    certain = _uses(view.values.values, name) < 2
    key = (*violation.keys[:-1], meant)
    use = violation.move(key) if violation.keys[-1] == name else violation.use(meant)
    changes = tuple(replace(change, certain=certain) for change in use.changes)
    fix = f"{'' if certain else 'perhaps '}use {meant}; {violation.fix}"
    return replace(use, message=message, fix=fix, changes=changes)


def _without(view: ValuesView, keys: Keys, name: str, disabled: Keys) -> str:
    """How to leave out a name: here, or in the file that switches it off, if another one has the list."""
    here, there = (view.values.place(key).file for key in (keys, disabled))
    if here == there or not isinstance(keys[-1], int):
        return "enable it, or remove the name here"
    others = [other for other in view.get(*keys[:-1]) if other != name]
    return f"enable it, or set {dotted(keys[:-1])}: {flow(others)} in {Path(there).name}"


def _resembling(violation: Violation, name: str, choices: Collection[str]) -> Violation:
    """A violation with the proposal of the only name that differs by what people leave out: the maker, the
    quantisation, or the rest of the name.
    """
    short, by_name = _short(name), {other: _short(other) for other in choices}
    same = [other for other, plain in by_name.items() if plain == short]
    longer = [other for other, plain in by_name.items() if f"{plain}-".startswith(f"{short}-")]
    shorter = [other for other, plain in by_name.items() if short.startswith(f"{plain}-")]
    meant = same or longer or shorter
    if len(meant) != 1 or violation.keys[-1] == name:
        return violation
    use = violation.use(meant[0], certain=False)
    return replace(use, fix=f"{use.fix}; {violation.fix}")


def _short(name: str) -> str:
    """A name without its maker and its quantisation: BAAI/bge-m3-q8_0 and bge-m3:latest are bge-m3."""
    return QUANTISATION.sub("", name.rpartition("/")[2].lower().replace(":", "-"))


def _where(view: ValuesView, disabled: Keys) -> str:
    place = view.values.place(disabled)
    return f"{dotted(disabled)} is false in {Path(place.file).name}:{place.line}"


def _fits(keys: Keys, name: str, modes: Mapping[str, str]) -> bool:
    """Whether a served name has the mode that a key needs, as far as is known."""
    wanted = facts.table("openwebui_models")["settings"].get(".".join(map(str, keys[1:])))
    if keys[:3] == ("litellm", "routing", "fallbacks") and keys[3] in modes:
        wanted = [modes[str(keys[3])]]
    return wanted is None or modes.get(name, "") in ("", *wanted)


def _uses(values: Any, name: str) -> int:
    """How often a name is in values, as a key or a value."""
    if isinstance(values, dict):
        return sum((key == name) + _uses(value, name) for key, value in values.items())
    return sum(_uses(value, name) for value in values) if isinstance(values, list) else int(values == name)
