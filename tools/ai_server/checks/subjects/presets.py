"""The models of a llama-server: each with its flags and where they were written."""

import configparser
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ai_server.checks.engine.views import RenderView, computed_once
from ai_server.checks.facts import flags_of
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.reading.profiles import Keys

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
    """A model of a llama-server with its flags by long name: a section of models.ini, or the command line."""

    server: ProgramContainer
    model: str
    flags: dict[str, str]

    def key(self, flag: str) -> Keys:
        """Where a flag of the model was written: among flags, or as its own key (ctxSize), of the model on the node,
        the model, the node's server or everybody's; the model's entry where nobody wrote it.
        """
        own = MODEL_KEYS.get(flag)
        for section in self._sections:
            for keys in ((*section, "flags", flag), (*section, own) if own else ()):
                if self.server.view.given(*keys):
                    return keys
        return self.entry

    def read(self, flag: str) -> tuple[str, Keys]:
        """A flag's value as llama-server reads it ("" where nobody says one), and where it was written: extraArgs win
        over the model's own, under whatever spelling, and a variable is read where neither says anything.
        """
        known, server = flags_of("llama-server"), self.server
        name = known.canonical(f"--{flag}")
        for argument in reversed(server.extra):
            if argument.name == name:
                return " ".join(argument.values), server.extra_key(argument)
        for written, value in reversed(self.flags.items()):
            if known.of_preset(written.lstrip("-")) == name:
                return value, self.key(written)
        variable = known.known[name].env
        if isinstance(server.env.get(variable), str):
            return server.env[variable], server.env_key(variable)
        return "", self.entry

    @cached_property
    def by_flag(self) -> dict[str, list[str]]:
        """The names of its flags, as written, by their main spelling."""
        found: dict[str, list[str]] = {}
        for name in self.flags:
            found.setdefault(flags_of("llama-server").of_preset(name), []).append(name)
        return found

    @cached_property
    def own(self) -> frozenset[str]:
        """The flags that the files give it among flags, by their names as written."""
        places = [(*section, "flags") for section in self._sections]
        return frozenset(str(name) for place in places for name in self.server.view.get(*place) or {})

    @cached_property
    def _sections(self) -> list[Keys]:
        """The sections that the files give, of those that a model's settings may stand in, the winning one first."""
        owner, model = self.server.owner, self.model
        places: list[Keys] = [
            (*owner, "overrides", model),
            ("rocm", "models", model),
            (*owner, "server"),
            ("rocm", "server"),
        ]
        return [place for place in places if self.server.view.given(*place)]

    def number(self, flag: str) -> int:
        """The number that a flag of the model has; 0 where it has none, or another word."""
        text = self.flags.get(flag, "")
        return int(text) if text.isdigit() else 0

    @property
    def entry(self) -> Keys:
        """The model's entry in the catalogue."""
        return ("rocm", "models", self.model)


@computed_once
def _by_pod(view: RenderView) -> dict[str, list[Preset]]:
    return {server.pod.name: list(_read(server)) for server in programs(view) if server.program == "llama-server"}


def presets(view: RenderView) -> Iterator[Preset]:
    """Every model of every llama-server."""
    for models in _by_pod(view).values():
        yield from models


def presets_of(server: ProgramContainer) -> list[Preset]:
    """The models of a llama-server; none of another program."""
    return _by_pod(server.view).get(server.pod.name, []) if server.program == "llama-server" else []


def _read(server: ProgramContainer) -> Iterator[Preset]:
    if not server.router:
        flags = {name.removeprefix("--"): value for name, value in server.flags}
        yield Preset(server, flags.get("alias", ""), flags)
        return
    text = server.view.manifests.get("ConfigMap", server.pod.name)["data"]["models.ini"]
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=(";",), strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(text.partition("\n")[2])
    for section in parser.sections():
        yield Preset(server, section, {key: value for key, value in parser[section].items() if key not in PRESET_ONLY})
