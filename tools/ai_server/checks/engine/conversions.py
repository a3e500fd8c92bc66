"""Values that another program writes in another way: as a list of variables, of hosts, or of one item."""

import re
import shlex
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Any

from ai_server.checks import facts
from ai_server.reading.profiles import Keys
from ai_server.reading.yamlscalars import scalar, written

VARIABLE = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
FLAG = re.compile(r"--?[A-Za-z][\w-]*")
SHELL = re.compile(r"&|\||;|<|>|`|(?:^|\s)#|\$(?!\([A-Z_][A-Z0-9_]*\))|(?<!\\)\n\s*[^\s-]")
"""What only a shell understands: operators, comments, variables except Kubernetes' own $(NAME), a second command."""
KEYS_OF_A_MODEL = {"model": "model", "api_base": "apiBase"}
"""The parameters of LiteLLM that have a key of their own."""
Values = Mapping[Keys, Any]


def values_as(value: Any, how: str) -> Values | None:
    """The values to set, by the keys below the new one; None if the value cannot be written so. how: a name of this
    table, or the key of the one item of a list whose value is meant.
    """
    convert = CONVERSIONS.get(how)
    if convert:
        return convert(value)
    [item] = value if isinstance(value, list) and len(value) == 1 else [None]
    item = item.get(how) if isinstance(item, dict) else None
    return {(): item} if isinstance(item, str) and item else None


def nested(values: Values) -> Any:
    """The values below a key as one: a map, unless the value is that of the key itself."""
    if () in values:
        return values[()]
    result: dict[str, Any] = {}
    for keys, value in values.items():
        above = result
        for key in keys[:-1]:
            above = above.setdefault(str(key), {})
        above[str(keys[-1])] = value
    return result


def _as_list(value: Any) -> Values | None:
    return {(): [value]} if isinstance(value, str | int | float) else None


def _only(value: Any) -> Values | None:
    """The one item of a list."""
    only = value[0] if isinstance(value, list) and len(value) == 1 else None
    return {(): only} if isinstance(only, str) and only else None


def _environment(variables: Any) -> Values | None:
    """The variables of a list, {name: A, value: b} or A=b, by their names."""
    result: dict[Keys, Any] = {}
    for variable in variables if isinstance(variables, list) else ():
        if isinstance(variable, str) and (found := VARIABLE.fullmatch(variable)):
            result[(found[1],)] = found[2]
        elif isinstance(variable, dict) and {"name"} < variable.keys() <= {"name", "value", "valueFrom"}:
            if "valueFrom" not in variable and not isinstance(variable["value"], str):
                return None  # its text in the file is not known
            source = {"valueFrom": variable["valueFrom"]} if "valueFrom" in variable else variable["value"]
            result[(str(variable["name"]),)] = source
        else:
            return None
    return result if result and len(result) == len(variables) else None


def _words(value: Any) -> Values | None:
    """The words of a command line that needs no shell."""
    if isinstance(value, str) and SHELL.search(value.strip()):
        return None
    try:
        return {(): shlex.split(value.replace("\\\n", " "))} if isinstance(value, str) else None
    except ValueError:
        return None


def _shell(value: Any) -> Values | None:
    """A command line for a shell."""
    return {(): ["sh", "-c", value]} if isinstance(value, str) and SHELL.search(value.strip()) else None


def _scalar(value: Any) -> Values | None:
    """A single value as text."""
    if isinstance(value, str):
        return {(): value}
    return {(): written(value)} if isinstance(value, bool | int | float) else None


def _claim(value: Any) -> Values | None:
    return {("claimName",): value} if isinstance(value, str) else None


def _hosts(value: Any) -> Values | None:
    """The names of an Ingress: the first is host, the others are extraHosts; none if only some paths are meant."""
    if not isinstance(value, list) or any(_has_paths(item) for item in value if isinstance(item, dict)):
        return None
    names = [item.get("host") if isinstance(item, dict) else item for item in value]
    if not names or not all(isinstance(name, str) and name for name in names) or len({*names}) < len(names):
        return None
    more: dict[Keys, Any] = {("extraHosts", str(name)): {} for name in names[1:]}
    return {("host",): names[0], **more}


def _has_paths(host: dict[str, Any]) -> bool:
    """Whether an item of hosts says more than its name: other paths than /, or another way to match them."""
    paths = host.get("paths") or []
    for path in paths if isinstance(paths, list) else [paths]:
        path = path if isinstance(path, dict) else {"path": path}
        if path.get("path", "/") != "/" or path.get("pathType") == "Exact" or path.keys() - {"path", "pathType"}:
            return True
    return bool(host.keys() - {"host", "paths"})


def _parameters(value: Any) -> Values | None:
    """litellm_params of a model; a key belongs to a Secret."""
    if not isinstance(value, dict) or "model" not in value or any("key" in name for name in value):
        return None
    result: dict[Keys, Any] = {}
    for name, item in value.items():
        result[(KEYS_OF_A_MODEL[name],) if name in KEYS_OF_A_MODEL else ("params", str(name))] = item
    return result


def _model_list(value: Any) -> Values | None:
    """The models of LiteLLM's model_list by their names, each of which may be there once."""
    result: dict[Keys, Any] = {}
    for model in value if isinstance(value, list) else ():
        name = model.get("model_name") if isinstance(model, dict) else None
        parameters = _parameters(model.get("litellm_params")) if name else None
        if not parameters or {"model_name", "litellm_params"} != model.keys() or (name,) in result:
            return None
        result[(str(name),)] = nested(parameters)
    return result or None


def _files(value: Any) -> Values | None:
    """Models or adapters in a list, by the names of their files."""
    result: dict[Keys, Any] = {}
    for item in value if isinstance(value, list) else ():
        key = next((key for key in ("file", "path") if isinstance(item, dict) and isinstance(item.get(key), str)), "")
        name = PurePosixPath(item[key]).stem.lower() if key else ""
        if not name or "name" in item or (name,) in result:
            return None
        result[(name,)] = {"file": item[key], **{other: item[other] for other in item if other != key}}
    return result or None


def _flags(value: Any) -> Values | None:
    """The flags of llama-server's command line, or of lines NAME = VALUE, by their long names without dashes."""
    if isinstance(value, str):
        value = re.sub(r"(?m)^\s*([\w-]+)[ \t]*=[ \t]*", r"--\1=", value)
    words = _words(value) if isinstance(value, str) else {(): value}
    result: dict[Keys, Any] = {}
    name = ""
    for word in words[()] if words and isinstance(words[()], list) else ():
        if not isinstance(word, str | int | float) or isinstance(word, bool):
            return None
        flag, equals, text = str(word).partition("=")
        if FLAG.fullmatch(flag):
            name = facts.flags_of("llama-server").names.get(flag, flag).lstrip("-")
            if (name,) in result:
                return None
            result[(name,)] = scalar(text) if equals else True
        elif not name or result[(name,)] is not True:
            return None
        else:
            result[(name,)] = scalar(word) if isinstance(word, str) else word
    return result or None


def _arguments(value: Any) -> Values | None:
    """A map of flags as a command line."""
    words: list[str] = []
    for name, item in value.items() if isinstance(value, dict) else ():
        if not isinstance(item, str | int | float) or item is False:
            return None
        flag = name if name.startswith("-") else f"--{name}"
        words += [flag] if item is True else [flag, item if isinstance(item, str) else written(item)]
    return {(): words} if words else None


CONVERSIONS: Mapping[str, Callable[[Any], Values | None]] = {
    "list": _as_list,
    "only": _only,
    "env": _environment,
    "words": _words,
    "shell": _shell,
    "text": _scalar,
    "claim": _claim,
    "hosts": _hosts,
    "params": _parameters,
    "model_list": _model_list,
    "files": _files,
    "flags": _flags,
    "arguments": _arguments,
}
