"""The flags and variables of a program, from the data file that the checks use as well."""

import os
import re
import sys
import tomllib
from pathlib import Path

FOLDER = Path(os.environ.get("MOCK_FLAGS", Path(__file__).parent.parent / "flags"))
NUMBER = re.compile(r"-\d+$|-\d*\.\d+$")
"""A word that begins with a dash but is a value, as in argparse."""


def data_of(program: str) -> dict:
    """The data file of a program."""
    return tomllib.loads((FOLDER / f"{program}.toml").read_text())


def version(program: str) -> str:
    """The version that the mock imitates."""
    return data_of(program)["version"]


def tell_unknown_variables(program: str) -> None:
    """Lists on stderr the variables with the program's own prefix that it does not read; the real program is silent."""
    data = data_of(program)
    known = set(data["env"])
    for name in sorted(set(os.environ) - known):
        if name.startswith(tuple(data.get("prefixes", ())) or ("\0",)):
            print(f"{program} ignores {name}", file=sys.stderr)


def parse(program: str, arguments: list[str]) -> dict[str, list[str]]:
    """Values by flag, positional ones under ""; exits like the program on an unknown flag."""
    data = data_of(program)
    known = {spelling: name for name, each in data["flags"].items() for spelling in (name, *each.get("aliases", []))}
    found: dict[str, list[str]] = {"": []}
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if not _is_flag(word):
            found[""].append(word)
            continue
        flag, _, joined = word.partition("=")
        if flag not in known and not flag.startswith("--") and word[:2] in known:
            flag, joined = word[:2], joined or word[2:]  # -O3
        dotted = bool(data.get("dotted")) and "." in flag
        name = _name(flag.partition(".")[0] if dotted else flag, known, bool(data.get("abbreviations")))
        if not name:
            refuse(data, f"unrecognized arguments: {flag}")
        about = {"value": "one"} if dotted else data["flags"][name]
        values = [joined] if joined else []
        while rest and not _is_flag(rest[0]) and about["value"] != "none" and not joined:
            values.append(rest.pop(0))
            if about["value"] in ("one", "optional"):
                break
        # optional and any may stand alone
        if about["value"] in ("one", "many") and not values:
            refuse(data, f"argument {flag}: expected one argument")
        _check_choices(data, flag, name, about, values)
        found[name] = values
    return found


def _check_choices(data: dict, flag: str, name: str, about: dict, values: list[str]) -> None:
    choices = about.get("choices", []) + about.get("words", [])
    wrong = [value for value in values if about.get("choices") and value not in choices]
    if wrong and about.get("late"):
        what = name.removeprefix("--").replace("-", " ")
        print(f"KeyError: 'invalid {what}: {wrong[0]} (chose from {{ {','.join(choices)} }})'", file=sys.stderr)
        sys.exit(1)
    if wrong:
        refuse(data, f"argument {flag}: invalid choice: '{wrong[0]}'")


def refuse(data: dict, message: str) -> None:
    """Exits with the message and exit code of the program."""
    unknown = data.get("unknownFlag", {})
    prefix = unknown.get("prefix", f"{data['program']}: error: ")
    print(f"{prefix}{message}", file=sys.stderr)
    sys.exit(unknown.get("exitCode", 2))


def _is_flag(word: str) -> bool:
    return word.startswith("-") and len(word) > 1 and not NUMBER.match(word) and " " not in word.partition("=")[0]


def _name(flag: str, known: dict[str, str], abbreviations: bool) -> str:
    if flag in known:
        return known[flag]
    if not abbreviations:
        return ""
    flag = flag.replace("_", "-")
    if flag in known:
        return known[flag]
    close = {name for spelling, name in known.items() if spelling.startswith(flag)}
    return close.pop() if len(close) == 1 else ""
