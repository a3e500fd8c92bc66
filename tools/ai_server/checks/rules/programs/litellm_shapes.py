"""The shapes of LiteLLM's settings: lists, maps and names that it reads at its start, and stops at others."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ai_server.checks import facts
from ai_server.checks.core.model import Violation
from ai_server.near import nearest
from ai_server.reading.profiles import Keys
from ai_server.reading.wording import seen

STOPS = "LiteLLM does not start"
FROM = "os.environ/"
NAMES = (str, list, dict)
"""LiteLLM goes through these: the keys of a map, and the letters of a text, which does no harm at the start."""
LISTS = (list, dict)
"""LiteLLM goes through these without looking at their items."""
SIMPLE: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "maps": ("a map", lambda value: isinstance(value, dict)),
    "texts": ("a text", lambda value: isinstance(value, str)),
    "functions": ("the path of a function such as module.name", lambda value: isinstance(value, str) and "." in value),
    "names": ("a name, or a list of names", lambda value: isinstance(value, NAMES)),
    "plain names": ("a name, or a list of names", lambda value: isinstance(value, NAMES) and _plain(value)),
    "lists of names": ("a list of names", lambda value: isinstance(value, list) and _plain(value)),
    # the type itself is setting_type's
    "counts": (
        "a whole number above 0",
        lambda value: not isinstance(value, float | int) or (value > 0 and value % 1 == 0),
    ),
    "booleans": ("true or false", lambda value: not isinstance(value, int) or value in (0, 1)),
    "lists": ("a list", lambda value: isinstance(value, list)),
    "maps of maps": ("a map of maps", lambda value: isinstance(value, dict) and _all(value.values(), dict)),
    "maps of lists": ("a map of lists", lambda value: isinstance(value, dict) and _all(value.values(), LISTS)),
    "lists of maps of maps": (
        "a list of maps of maps",
        lambda value: (
            isinstance(value, list) and _all(value, dict) and all(_all(item.values(), dict) for item in value)
        ),
    ),
}
"""What each simple shape is called, and whether a value has it."""


def wrong_shapes(keys: Keys, section: str, settings: Mapping[str, Any]) -> Iterator[Violation]:
    """The settings of a section whose value has a shape with which LiteLLM does not start."""
    shapes: dict[str, Any] = facts.table("litellm_shapes").get(section, {})
    off = shapes.get("off", ())
    for shape, names in shapes.items():
        if shape == "off":
            continue
        for name in settings.keys() & set(names):
            value = settings[name]
            by_variable = isinstance(value, str) and value.startswith(FROM)
            if value is None or by_variable or (name in off and not value):
                continue
            if wanted := _wanted(shape, names, name, value):
                yield Violation((*keys, name), f"must be {wanted}, not {seen(value)}: {STOPS}", f"use {wanted}")
    if section == "litellm_settings":
        yield from _callbacks((*keys, "callbacks"), settings.get("callbacks", []))


def _wanted(shape: str, names: Any, name: str, value: Any) -> str:
    """What a setting must be; "" for a value that is."""
    if shape in SIMPLE:
        wanted, fits = SIMPLE[shape]
        return "" if fits(value) or (shape == "lists of maps of maps" and value == {}) else wanted
    if shape in ("words", "lists of words"):
        words = ", ".join(names[name])
        if shape == "words":
            return "" if value in names[name] else f"one of {words}"
        return "" if isinstance(value, list) and all(item in names[name] for item in value) else f"a list of {words}"
    if shape == "maps with one of":
        has_one = isinstance(value, dict) and any(key in value for key in names[name])
        return "" if has_one else f"a map with one of {', '.join(names[name])}"
    missing = [key for item in _items(value) if isinstance(item, dict) for key in names[name] if key not in item]
    if (value == {} or isinstance(value, list)) and _all(_items(value), dict) and not missing:
        return ""
    return f"a list of maps{' with ' if names[name] else ''}{' and '.join(names[name])}"


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _all(values: Any, kind: type[Any] | tuple[type[Any], ...]) -> bool:
    return all(isinstance(value, kind) for value in values)


def _plain(value: Any) -> bool:
    return not any(isinstance(item, list | dict) for item in _items(value))


def _callbacks(keys: Keys, value: Any) -> Iterator[Violation]:
    """LiteLLM imports a name that it does not know: module.name; a text instead of a list is always such a name."""
    known = facts.table("litellm_shapes")["callbacks"]
    if isinstance(value, str) and "." not in value and not value.startswith(FROM):
        violation = Violation(keys, f"must be a list, not {seen(value)}: {STOPS}")
        yield violation.use([value])
    elif not isinstance(value, str | list):
        yield Violation(keys, f"must be a list of names, not {seen(value)}: {STOPS}", "use [prometheus]")
    for index, name in enumerate(_items(value)):
        if not isinstance(name, str):
            yield Violation(
                (*keys, index), f"must be a name, not {seen(name)}: {STOPS}", "use a name such as prometheus"
            )
        elif name not in known and "." not in name:
            near = nearest(name, known)
            hint = f"; did you mean {near}?" if near else ""
            violation = Violation((*keys, index), f"LiteLLM has no callback {name}, and does not start{hint}")
            yield violation.use(near) if near else violation.remove()
