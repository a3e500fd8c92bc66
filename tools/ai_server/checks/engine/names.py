"""Names that nothing has: the name that was meant, or where what has it is switched off."""

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


def named(
    view: ValuesView, violation: Violation, name: str, choices: Collection[str], modes: Mapping[str, str]
) -> Violation:
    """A violation about a name at its key, with the fix; modes: of the served names."""
    if disabled := switch(view, name):
        message = f"{violation.message}: {_where(view, disabled)}"
        return replace(violation, message=message, fix="enable it, or remove the name here")
    fitting = [other for other in choices if _fits(violation.keys, other, modes)]
    others = {other for other in names_of_models(view) if other not in choices}
    meant = choice(name, {*fitting, *others})
    if not meant:
        return violation
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
