"""A program's flags as its data file lists them; the same file that the chart's checks read."""

import os
import sys
import tomllib
from pathlib import Path

FOLDER = Path(os.environ.get("MOCK_FLAGS", Path(__file__).parent.parent / "flags"))


def parse(program: str, arguments: list[str]) -> dict[str, list[str]]:
    """Values by flag, positional ones under ""; ends the process as the program does at a flag it does not know."""
    data = tomllib.loads((FOLDER / f"{program}.toml").read_text())
    known = {spelling: name for name, each in data["flags"].items() for spelling in (name, *each.get("aliases", []))}
    found: dict[str, list[str]] = {"": []}
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if not word.startswith("--"):
            found[""].append(word)
            continue
        flag, _, joined = word.partition("=")
        name = _name(flag, known, bool(data.get("abbreviations")))
        if not name:
            refuse(data, flag, f"unrecognized arguments: {flag}")
        about = data["flags"][name]
        values = [joined] if joined else []
        while rest and not rest[0].startswith("--") and about["value"] != "none" and not joined:
            values.append(rest.pop(0))
            if about["value"] in ("one", "optional"):
                break
        # optional and any may stand alone
        if about["value"] in ("one", "many") and not values:
            refuse(data, flag, f"argument {flag}: expected one argument")
        if about.get("choices") and any(value not in about["choices"] for value in values):
            refuse(data, flag, f"argument {flag}: invalid choice: '{values[0]}'")
        found[name] = values
    return found


def refuse(data: dict, flag: str, message: str) -> None:
    """Ends the process with the program's message and exit code."""
    unknown = data.get("unknownFlag", {})
    prefix = unknown.get("prefix", f"{data['program']}: error: ")
    print(f"{prefix}{message}", file=sys.stderr)
    sys.exit(unknown.get("exitCode", 2))


def _name(flag: str, known: dict[str, str], abbreviations: bool) -> str:
    if flag in known:
        return known[flag]
    if not abbreviations:
        return ""
    flag = flag.replace("_", "-")
    close = {name for spelling, name in known.items() if spelling == flag or spelling.startswith(flag)}
    return close.pop() if len(close) == 1 else known.get(flag, "")
