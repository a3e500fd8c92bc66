"""The flags of the programs that the chart runs, one file per program with version and source, for mocks and checks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

import rtoml

from ai_server.near import nearest
from ai_server.reading.data import read_data

MOST_MEANT = 8


@dataclass(frozen=True)
class Flag:
    """A flag and its values: none, one, optional, many or any; from choices, of a form, or one of some words.

    late: the program rejects a wrong value only after reading its command line; plugin: the flag that adds more names.
    """

    name: str
    value: str
    choices: tuple[str, ...] = ()
    form: str = ""
    words: tuple[str, ...] = ()
    late: bool = False
    plugin: str = ""
    env: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def has_opposite(self) -> bool:
        """Whether the flag has a --no- spelling."""
        return any(alias.startswith("--no-") for alias in self.aliases)


@dataclass(frozen=True)
class Flags:
    """The flags, variables and settings of a program, and the version that they were read from.

    names maps every spelling to the main one, and known maps that to the flag. env has the variables that the program
    reads; one that ends in _ stands for any that begin with it. prefixes are the beginnings of its own variables;
    settings the keys of its own configuration file, by section. abbreviations: argparse parses the command line;
    underscores: _ is the same as -; equals: allows --flag=value; dotted: allows --flag.key value. exclusive: groups of
    flags of which the program accepts only one. choices: the values of a variable; forms: variables by the form of
    their value, as in the program's file.
    """

    program: str
    version: str
    names: Mapping[str, str]
    known: Mapping[str, Flag]
    env: frozenset[str]
    prefixes: tuple[str, ...]
    settings: Mapping[str, frozenset[str]]
    abbreviations: bool
    underscores: bool
    equals: bool
    dotted: bool
    exclusive: tuple[tuple[str, ...], ...] = ()
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    forms: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def canonical(self, flag: str) -> str:
        """The main spelling of a flag as written, without its value; "" for one that the program does not accept.

        argparse also accepts underscores, unique prefixes, and a value without a space after a single letter.
        """
        name = flag.partition("=")[0]
        name = name.partition(".")[0] if self.dotted else name
        if name in self.names:
            return self.names[name]
        if self.underscores and name.startswith("--"):
            return self.names.get(name.replace("_", "-"), "")
        if not self.abbreviations:
            return ""
        if not name.startswith("--"):
            return self.names.get(name[:2], "")
        name = name.replace("_", "-")
        same = {main for spelling, main in self.names.items() if spelling.replace("_", "-") == name}
        same = same or {main for spelling, main in self.names.items() if spelling.replace("_", "-").startswith(name)}
        return same.pop() if len(same) == 1 else ""

    def abbreviated(self, flag: str) -> list[str]:
        """The flags that a beginning may mean, if there are several; argparse accepts it for one alone."""
        name = flag.partition("=")[0].replace("_", "-")
        same = sorted({main for spelling, main in self.names.items() if spelling.startswith(name)})
        return same if self.abbreviations and name.startswith("--") and 1 < len(same) <= MOST_MEANT else []

    def of_preset(self, key: str) -> str:
        """The main spelling of a key of llama-server's models.ini: long or short without dashes, or a variable. Unlike
        on a command line, top_p is not top-p: b11434 exits with "option 'top_p' not recognized in preset".
        """
        return self.names.get(f"--{key}", "") or self.names.get(f"-{key}", "") or self.by_env.get(key, "")

    @cached_property
    def by_env(self) -> dict[str, str]:
        """The flags that have their own variable, by that variable."""
        return {flag.env: name for name, flag in self.known.items() if flag.env}

    @cached_property
    def families(self) -> tuple[str, ...]:
        """The prefixes of which the program reads any variable."""
        return tuple(name for name in self.env if name.endswith("_"))

    def near(self, flag: str) -> str:
        """The spelling nearest to an unknown flag; "" if none is near."""
        return nearest(flag.partition("=")[0], self.names)

    def reads(self, name: str) -> bool:
        """Whether the program reads a variable."""
        return name in self.env or name.startswith(self.families)

    def near_env(self, name: str) -> str:
        """The variable nearest to an unknown one; "" if none is near."""
        return _near_env(name, self.env)

    def removed(self, flag: str) -> str:
        """What has changed since the program removed a flag; "" for any other flag."""
        name = flag.partition("=")[0]
        flags: dict[str, str] = table("removed").get(self.program, {})
        return flags.get(name.replace("_", "-") if self.underscores else name, "")


@cache
def table(name: str) -> Any:
    """The content of a table of this folder, <name>.yaml, which must not be changed."""
    return read_data(__file__, f"{name}.yaml")


@cache
def flags_of(program: str) -> Flags:
    """The flags of a program: llama-server, vllm, comfyui, speaches, litellm or openwebui."""
    data: dict[str, Any] = rtoml.loads(Path(__file__).with_name(f"{program}.toml").read_text())
    known = {name: _flag(name, about) for name, about in data["flags"].items()}
    return Flags(
        data["program"],
        data["version"],
        {spelling: name for name, flag in known.items() for spelling in (name, *flag.aliases)},
        known,
        frozenset([*data.get("env", []), *(flag.env for flag in known.values() if flag.env)]),
        tuple(data.get("prefixes", [])),
        {section: frozenset(names) for section, names in data.get("settings", {}).items()},
        data.get("abbreviations", False),
        data.get("underscores", False),
        data.get("equals", True),
        data.get("dotted", False),
        tuple(map(tuple, [*data.get("exclusive", []), *table("flag_limits").get(program, {}).get("exclusive", [])])),
        {name: tuple(values) for name, values in data.get("choices", {}).items()},
        {form: frozenset(names) for form, names in data.get("forms", {}).items()},
    )


@lru_cache(maxsize=1024)
def _near_env(name: str, env: frozenset[str]) -> str:
    return nearest(name, env)


def _flag(name: str, about: Mapping[str, Any]) -> Flag:
    lists = {key: tuple(about.get(key, ())) for key in ("choices", "words", "aliases")}
    return Flag(name, **{**about, **lists})
