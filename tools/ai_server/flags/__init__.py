"""The flags of the programs that the chart runs, a file each with version and source; mocks and checks read them."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Flags:
    """A program's flags by every spelling, and the version that they were read from."""

    program: str
    version: str
    spellings: frozenset[str]

    def knows(self, flag: str) -> bool:
        """Whether the program takes a flag as written: also a unique prefix, or underscores, as argparse does."""
        name = flag.partition("=")[0].replace("_", "-")
        same = {spelling for spelling in self.spellings if spelling.replace("_", "-").startswith(name)}
        return any(spelling.replace("_", "-") == name for spelling in same) or len(same) == 1


@cache
def flags_of(program: str) -> Flags:
    """The data of a program: vllm or comfyui."""
    data = tomllib.loads(Path(__file__).with_name(f"{program}.toml").read_text())
    spellings = {spelling for name, each in data["flags"].items() for spelling in (name, *each.get("aliases", []))}
    return Flags(data["program"], data["version"], frozenset(spellings))
