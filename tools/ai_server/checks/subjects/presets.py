"""The models of a llama-server: each with its flags and where they were written."""

import configparser
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ai_server.checks.facts import flags_of
from ai_server.reading.profiles import Keys

if TYPE_CHECKING:
    from ai_server.checks.subjects.running import Running

MODEL_KEYS = {
    "model": "file",
    "mmproj": "mmproj",
    "ctx-size": "ctxSize",
    "parallel": "parallel",
    "n-gpu-layers": "nGpuLayers",
    "flash-attn": "flashAttn",
    "cache-type-k": "cacheTypeK",
    "cache-type-v": "cacheTypeV",
    "batch-size": "batchSize",
    "ubatch-size": "ubatchSize",
    "cache-ram": "cacheRamMiB",
    "fit": "fit",
    "load-mode": "loadMode",
    "pooling": "pooling",
    "embedding": "mode",
    "reranking": "mode",
}
"""llama-server's flags that the chart makes from a model's own keys: charts/rocm/templates/_flags.tpl."""
PRESET_ONLY = ("load-on-startup", "stop-timeout", "dedup-cache-models")
"""Keys of models.ini that are no flags: llama.cpp tools/server/README.md."""


@dataclass(frozen=True)
class Preset:
    """A section of a router's models.ini."""

    running: "Running"
    model: str
    flags: dict[str, str]

    def key(self, flag: str) -> Keys:
        """Where a flag of the model was written: among flags, or as its own key (ctxSize), of the model on the node,
        the model, the node's server or everybody's; the model's entry where nobody wrote it.
        """
        own = MODEL_KEYS.get(flag)
        for section in self._sections:
            for keys in ((*section, "flags", flag), (*section, own) if own else ()):
                if self.running.view.given(*keys):
                    return keys
        return self.entry

    def read(self, flag: str) -> tuple[str, Keys]:
        """A flag's value as llama-server reads it ("" where nobody says one), and where it was written: extraArgs win
        over the model's own, under whatever spelling, and a variable is read where neither says anything.
        """
        known, running = flags_of("llama-server"), self.running
        name = known.canonical(f"--{flag}")
        for argument in reversed(running.extra):
            if argument.name == name:
                return " ".join(argument.values), running.extra_key(argument)
        for written, value in reversed(self.flags.items()):
            if known.of_preset(written.lstrip("-")) == name:
                return value, self.key(written)
        variable = known.known[name].env
        if isinstance(running.env.get(variable), str):
            return running.env[variable], running.env_key(variable)
        return "", self.entry

    @cached_property
    def own(self) -> frozenset[str]:
        """The flags that the files give it among flags, by their names as written."""
        places = [(*section, "flags") for section in self._sections]
        return frozenset(str(name) for place in places for name in self.running.view.get(*place) or {})

    @cached_property
    def _sections(self) -> list[Keys]:
        """The sections that the files give, of those that a model's settings may stand in, the winning one first."""
        owner, model = self.running.owner, self.model
        places: list[Keys] = [
            (*owner, "overrides", model),
            ("rocm", "models", model),
            (*owner, "server"),
            ("rocm", "server"),
        ]
        return [place for place in places if self.running.view.given(*place)]

    def number(self, flag: str) -> int:
        """The number that a flag of the model has; 0 where it has none, or another word."""
        text = self.flags.get(flag, "")
        return int(text) if text.isdigit() else 0

    @property
    def entry(self) -> Keys:
        """The model's entry in the catalogue."""
        return ("rocm", "models", self.model)


def of_router(each: "Running", text: str) -> Iterator[Preset]:
    """The sections of a models.ini."""
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=(";",), strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(text.partition("\n")[2])
    for section in parser.sections():
        yield Preset(each, section, {key: value for key, value in parser[section].items() if key not in PRESET_ONLY})
