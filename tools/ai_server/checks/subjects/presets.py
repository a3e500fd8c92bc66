"""The models of a llama-server, each with its flags and their keys in the values."""

import configparser
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from ai_server.checks.core.views import RenderView, computed_once
from ai_server.checks.facts import flags_of
from ai_server.checks.subjects.nodes import KINDS
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
    "spec-type": "draft.type",
    "model-draft": "draft.file",
    "n-gpu-layers-draft": "draft.nGpuLayers",
    "spec-draft-n-max": "draft.max",
    "spec-draft-n-min": "draft.min",
    "lora": "loras",
    "lora-scaled": "loras",
    "sleep-idle-seconds": "sleepIdleSeconds",
}
"""llama-server's flags that the chart derives from the keys of a model: charts/common/templates/_llamacpp_flags.tpl.
The chart sets lora-scaled instead of lora.
"""
PRESET_ONLY = ("load-on-startup", "stop-timeout", "dedup-cache-models")
"""Keys of models.ini that are not flags: llama.cpp tools/server/README.md."""


@cache
def keys_of_flags() -> dict[str, str]:
    """MODEL_KEYS by the main spelling of each flag."""
    known = flags_of("llama-server")
    return {known.canonical(f"--{flag}"): key for flag, key in MODEL_KEYS.items()}


@dataclass(frozen=True)
class Preset:
    """A model of a llama-server with its flags by long name: a section of models.ini, or the command line."""

    server: ProgramContainer
    model: str
    flags: dict[str, str]

    def key(self, flag: str) -> Keys:
        """The key that sets a flag of the model: in flags, or its own key (ctxSize), of the model on the node, the
        model, the node's server or all servers; the model's entry if nothing sets it.
        """
        model_key = MODEL_KEYS.get(flag, "")
        for section in self._sections:
            for keys in ((*section, "flags", flag), (*section, *model_key.split(".")) if model_key else ()):
                if self.server.view.given(*keys):
                    return keys
        return self.entry

    def read(self, flag: str) -> tuple[str, Keys]:
        """The value of a flag as llama-server reads it ("" if nothing sets it), and its key: extraArgs override the
        model's own flags, in any spelling, and a variable counts if neither sets the flag.
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
        """The names of its flags, as written, by their main spelling; unknown ones by their own."""
        names: dict[str, list[str]] = {}
        for name in self.flags:
            names.setdefault(flags_of("llama-server").of_preset(name) or f"--{name}", []).append(name)
        return names

    @cached_property
    def own(self) -> frozenset[str]:
        """The names, as written, in the flags sections of the files."""
        view = self.server.view
        return frozenset(str(name) for section in self._sections for name in view.get(*section, "flags") or {})

    @cached_property
    def _sections(self) -> list[Keys]:
        """The sections of the files that may hold settings of the model, by precedence."""
        owner, model = self.server.key, self.model
        sections: list[Keys] = [
            (*owner, "overrides", model),
            self.entry,
            (*owner, "server"),
            (*owner[:1], "server"),
        ]
        return [section for section in sections if self.server.view.given(*section)]

    def number(self, flag: str) -> int:
        """The number of a flag of the model; 0 if it has none, or another value."""
        text = self.flags.get(flag, "")
        return int(text) if text.isdecimal() else 0

    @property
    def entry(self) -> Keys:
        """The model's entry in the catalogue of its component, else of another one."""
        kinds = [
            kind for kind in (str(self.server.key[0]), *KINDS) if self.model in self.server.view.get(kind, "models")
        ]
        return (kinds[0] if kinds else str(self.server.key[0]), "models", self.model)


@computed_once
def _by_pod(view: RenderView) -> dict[str, list[Preset]]:
    return {server.pod.pod.name: list(_read(server)) for server in programs(view, "llama-server")}


def presets(view: RenderView) -> list[Preset]:
    """Every model of every llama-server."""
    return view.look_at([preset for models in _by_pod(view).values() for preset in models])


def presets_of(server: ProgramContainer) -> list[Preset]:
    """The models of a llama-server; [] for another program."""
    return _by_pod(server.view).get(server.pod.pod.name, []) if server.program == "llama-server" else []


def _read(server: ProgramContainer) -> Iterator[Preset]:
    if not server.router:
        flags = {name.removeprefix("--"): value for name, value in server.flags}
        yield Preset(server, flags.get("alias", ""), flags)
        return
    text = server.view.manifests.get("ConfigMap", server.pod.pod.config_map("presets"))["data"]["models.ini"]
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=(";",), strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(text.partition("\n")[2])
    for section in parser.sections():
        yield Preset(server, section, {key: value for key, value in parser[section].items() if key not in PRESET_ONLY})
