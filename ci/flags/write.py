"""Formats the flag file of a program: sorted, one flag per line, the same bytes each time."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HEAD = ("program", "version", "source", "prefixes", "abbreviations", "underscores", "equals", "dotted", "unknownFlag")
COMMENTS = """\
# prefixes: beginnings of the program's own variables; equals: allows --flag=value; dotted: allows --flag.key value
# value: none (a switch), one, optional, many (one or more), any (none or more)
# form: integer, number, size (32k, 20G) or json, plus accepted words; late: rejected only at the start of the program,
# unless the flag named in plugin, which adds names, is set"""
OF_VALUES = """\
# choices: the values of a variable, apart from an empty one; forms: the variables that are on only with true (switch),
# that stop the program unless they are numbers, that it ignores unless they are json, and whose words have any case"""
FLAGS = Path(__file__).resolve().parents[2] / "tools" / "ai_server" / "checks" / "facts"


def toml(data: Mapping[str, Any]) -> str:
    """The text of a file: version and source, flags with their values, names of variables and settings."""
    lines = [COMMENTS, *([OF_VALUES] if "choices" in data else [])]
    lines += [f"{key} = {_value(data[key])}" for key in HEAD if key in data]
    lines.append(f"env = {_names(data['env'])}")
    lines += [f"choices.{name} = {_value(values)}" for name, values in sorted(data.get("choices", {}).items())]
    for kind in ("settings", "forms"):
        lines += [f"{kind}.{name} = {_names(names)}" for name, names in sorted(data.get(kind, {}).items())]
    lines += ["", "[flags]"]
    lines += [f"{_value(name)} = {_value(about)}" for name, about in sorted(data["flags"].items())]
    return "\n".join(lines) + "\n"


def same(file: Path, data: Mapping[str, Any]) -> bool:
    """Whether a file has the same content, except for the date on which it was read."""
    if not file.is_file():
        return False
    there = tomllib.loads(file.read_text())
    there["source"] = there["source"].rpartition(", read ")[0]
    return toml(there) == toml(data)


def _names(names: list[str]) -> str:
    return "[\n" + "".join(f"  {_value(name)},\n" for name in sorted(set(names))) + "]"


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_value(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False)
