"""Generates docs/values.md from the typed models."""

import json
from typing import Any, get_args

from pydantic.fields import FieldInfo

from ai_server.generate.valuesfile import fields, has
from ai_server.values.base import Partial, Section

HEADER = """# Values

<!-- Generated from tools/ai_server/values by `ai-server generate`: edit the models there. -->

All keys, with their defaults and effects. You may omit keys of an entry under `nodes` or `models`: they default to the
component's. A second values file can add an entry, change one, or remove one with `enabled: false`.
"""


def values_reference(section: type[Section]) -> str:
    """The reference of all keys as Markdown, one table per section, with nested keys by their dotted path."""
    parts = [HEADER]
    for name, field in fields(section):
        key = field.alias or name
        parts += [
            f"\n## {key}\n",
            f"{field.description}\n",
            "| key | default | what it does |",
            "|---|---|---|",
        ]
        value = _value(field)
        parts += _rows(value, key) if isinstance(value, Section) else [_row(key, value, field)]
    return "\n".join(parts) + "\n"


def _rows(section: Section, path: str) -> list[str]:
    rows: list[str] = []
    for name, field in fields(type(section)):
        key, value = f"{path}.{field.alias or name}", getattr(section, name)
        entry = _entry(field.annotation)
        if isinstance(value, Section) and not has(field, Partial):
            rows += _rows(value, key)
            continue
        rows.append(_row(key, value, field))
        if entry:
            rows += _entry_rows(entry, f"{key}.NAME", type(section))
    return rows


def _row(path: str, default: Any, field: FieldInfo) -> str:
    return f"| `{path}` | {_default(default)} | {_cell(field.description or '')} |"


def _entry_rows(entry: type[Section], path: str, owner: type[Section]) -> list[str]:
    """The rows of the keys that only an entry has, and one row with those that it shares with its component."""
    shared = [field.alias or name for name, field in fields(entry) if name in owner.model_fields and name != "enabled"]
    rows: list[str] = []
    for name, field in fields(entry):
        if name not in owner.model_fields or name == "enabled":
            key, value, below = f"{path}.{field.alias or name}", _value(field), _entry(field.annotation)
            rows.append(_row(key, value, field))
            if isinstance(value, Section):
                rows += _rows(value, key)
            elif below and name != "overrides":  # whose keys are those of the models
                rows += _entry_rows(below, f"{key}.NAME", Section)
    if shared:
        listed = ", ".join(f"`{key}`" for key in shared)
        rows.append(f"| `{path}.*` | the component's | Any key of the component: {listed}. |")
    return rows


def _entry(annotation: Any) -> type[Section] | None:
    arguments = get_args(annotation)
    last = arguments[-1] if arguments else None
    return last if isinstance(last, type) and issubclass(last, Section) else None


def _value(field: Any) -> Any:
    return field.get_default(call_default_factory=True)


def _default(value: Any) -> str:
    if isinstance(value, Section):
        value = value.model_dump(by_alias=True, exclude_unset=True)
    return f"`{_cell(json.dumps(value))}`"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
