"""What the programs that the chart runs take: a file each with version and source; mocks and checks read them."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import rtoml


@dataclass(frozen=True)
class Flags:
    """A program's flags, variables and settings, and the version that they were read from.

    names leads from every spelling to the main one; choices and values (none, one, optional, many, any) go by the main
    one; env are the variables it reads; settings the keys of its own configuration file, by section.
    """

    program: str
    version: str
    names: Mapping[str, str]
    choices: Mapping[str, tuple[str, ...]]
    values: Mapping[str, str]
    env: frozenset[str]
    settings: Mapping[str, frozenset[str]]
    abbreviations: bool

    def canonical(self, flag: str) -> str:
        """The main spelling of a flag as written, its value apart; "" for one that the program does not take.

        argparse also takes underscores and unique prefixes.
        """
        name = flag.partition("=")[0]
        if name in self.names or not self.abbreviations:
            return self.names.get(name, "")
        name = name.replace("_", "-")
        same = {main for spelling, main in self.names.items() if spelling.replace("_", "-") == name}
        same = same or {main for spelling, main in self.names.items() if spelling.replace("_", "-").startswith(name)}
        return same.pop() if len(same) == 1 else ""

    def knows(self, flag: str) -> bool:
        """Whether the program takes a flag as written."""
        return bool(self.canonical(flag))

    def near(self, flag: str) -> str:
        """The nearest spelling of a flag that is none; "" when nothing is near."""
        found = get_close_matches(flag.partition("=")[0], self.names, n=1, cutoff=0.75)
        return found[0] if found else ""

    def near_env(self, name: str) -> str:
        """The nearest variable to one that is none; "" when nothing is near."""
        found = get_close_matches(name, self.env, n=1, cutoff=0.88)
        return found[0] if found else ""


@cache
def flags_of(program: str) -> Flags:
    """The data of a program: llama-server, vllm, comfyui, speaches, litellm or openwebui."""
    data: dict[str, Any] = rtoml.loads(Path(__file__).with_name(f"{program}.toml").read_text())
    flags: dict[str, dict[str, Any]] = data["flags"]
    return Flags(
        data["program"],
        data["version"],
        {spelling: name for name, about in flags.items() for spelling in (name, *about.get("aliases", []))},
        {name: tuple(about["choices"]) for name, about in flags.items() if "choices" in about},
        {name: about["value"] for name, about in flags.items()},
        frozenset([*data.get("env", []), *(about["env"] for about in flags.values() if "env" in about)]),
        {section: frozenset(names) for section, names in data.get("settings", {}).items()},
        data.get("abbreviations", False),
    )
