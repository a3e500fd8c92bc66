"""The key to set in place of a flag in extraArgs that the chart sets as well."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ai_server.checks import facts
from ai_server.checks.core.keypaths import dotted
from ai_server.checks.core.model import REMOVE, Violation
from ai_server.checks.subjects.presets import keys_of_flags, presets_of
from ai_server.checks.subjects.programs import ProgramContainer
from ai_server.reading.edit import Change
from ai_server.reading.profiles import Keys
from ai_server.reading.yamlscalars import scalar
from ai_server.reading.yamltext import flow

OF_A_MODEL = ("file", "mmproj", "mode", "loras")
"""The keys of a model that its server does not have."""
SWITCH = {"on": True, "true": True, "1": True, "off": False, "false": False, "0": False}
TEXT = ("kvCacheMemory",)
"""Keys with a text, whatever it looks like."""
OVERRULED_BY = {"gpuMemoryUtilization": "kvCacheMemory"}
"""Keys that have no effect next to another one, which must be empty."""


def with_its_key(server: ProgramContainer, violation: Violation, flag: str, values: Sequence[str]) -> Violation:
    """A violation at a flag of extraArgs with the fix to remove it, and to set the key that the chart takes it from.

    flag: the main spelling, with --no- if that was written.
    """
    words = " ".join(str(word) for word in _items(server, violation))
    name = flag.replace("--no-", "--", 1) if flag.startswith("--no-") else flag
    keys = _key(server, violation.keys[:-2], name)
    removed = violation.changed(REMOVE)
    if not keys:
        return replace(violation, fix=f"remove {words}: the chart sets it", changes=removed)
    section = violation.keys[:-2]
    shown = dotted(keys[len(section) :] if keys[: len(section)] == section else keys)
    present = server.view.get(*keys)
    if present is None and keys[: len(section)] == section:
        present = server.value(*keys[len(section) :])
    words_of_others = facts.table("other_words").get(server.program, {}).get(name, {})
    own_words = [words_of_others.get(value.lower(), value).partition(" (")[0] for value in values]
    value = _value(present, str(keys[-1]), own_words, on=not flag.startswith("--no-"))
    if value is None:
        fix = f"remove {words}, and set {shown} instead"
        return replace(violation, fix=fix, changes=tuple(replace(change, certain=False) for change in removed))
    if value == present:
        return replace(violation, fix=f"remove {words}: the chart sets it from {shown}", changes=removed)
    fix, sets = f"remove {words}, and set {shown}: {flow(value)}", [Change("set", keys, value)]
    other = OVERRULED_BY.get(str(keys[-1]), "")
    if other and server.value(other):
        setting = server.setting(other)
        empty = setting if server.view.given(*setting) else (*section, other)
        fix, sets = f'{fix} and {other}: ""', [*sets, Change("set", empty, "")]
    changes = tuple(replace(change, certain=False) for change in (*removed, *sets))
    return replace(violation, fix=fix, changes=changes)


def _items(server: ProgramContainer, violation: Violation) -> list[Any]:
    """The items of the list that the flag and its values are."""
    *above, first = violation.keys
    items = server.view.get(*above)
    return list(items[int(first) : int(first) + violation.items]) if isinstance(items, list) else []


def _key(server: ProgramContainer, section: Keys, flag: str) -> Keys:
    """The key behind a flag: where the files set it, else next to extraArgs; () if there is none."""
    if key := facts.table("chart_flags")[server.program].get(flag, ""):
        setting = server.setting(key)
        return setting if server.view.given(*setting) else (*section, key)
    own = keys_of_flags().get(flag, "") if server.program == "llama-server" else ""
    models = presets_of(server)
    if not own or not models:
        return ()
    written = models[0].key(flag.removeprefix("--"))
    if server.view.given(*written) and written != models[0].entry:
        return written
    if own not in OF_A_MODEL and not own.startswith("draft."):
        return (*section, "server", own)
    return (*models[0].entry, *own.split(".")) if server.view.get(*models[0].entry) else ()


def _value(present: Any, key: str, values: Sequence[str], *, on: bool) -> Any:
    """The value of the key that means the same as the flag's; None if that is not certain."""
    if key in OF_A_MODEL:
        return None
    if isinstance(present, bool):
        return SWITCH.get(values[0]) if values else on
    if isinstance(present, list):
        return list(values) or None
    if not values or key in TEXT:
        return values[0] if values else None
    value = scalar(values[0])
    return value if isinstance(value, str | int | float) and not isinstance(value, bool) else None
