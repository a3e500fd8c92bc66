"""What each program of a release keeps in memory: a model of a llama-server, or a program with its models."""

from dataclasses import dataclass, replace
from typing import Literal

from ai_server.checks.subjects.planning import settings
from ai_server.checks.subjects.planning.files import below_models
from ai_server.checks.subjects.planning.llama_model import LlamaModel, llama_model, with_least
from ai_server.checks.subjects.presets import Preset, presets_of
from ai_server.checks.subjects.programs import ProgramContainer
from ai_server.errors import UserError
from ai_server.kube.amounts import whole
from ai_server.memory import figures, others, vllm
from ai_server.memory.folder import FolderFacts
from ai_server.memory.known import Known, KnownModels
from ai_server.memory.plan import Kind, Segment
from ai_server.memory.settings import VllmSettings
from ai_server.memory.terms import Term

BACKENDS = ("llama-server", "vllm", "comfyui", "speaches")
"""The programs that keep models in memory."""
BY_REQUEST = "the container's memory request"


@dataclass(frozen=True)
class Load:
    """A program, or a model of a llama-server, with its terms. name: of the model, else of the program.

    model: what other settings can be tried with, for a llama-server; folder: that of a vLLM. most: how many models of
    its server are in memory together.
    """

    server: ProgramContainer
    name: str
    kind: Kind
    terms: tuple[Term, ...]
    known: str
    model: LlamaModel | None = None
    folder: Known[FolderFacts] | None = None
    settings: VllmSettings | None = None
    loaded: bool = True
    most: int = 1

    @property
    def bytes(self) -> int:
        """What it takes, in all memories."""
        return sum(term.bytes for term in self.terms)

    def segment(self, *wheres: str) -> Segment:
        """Its part of a pool that holds the device's memory, the host's, or both."""
        kept = tuple(term for term in self.terms if term.where in wheres)
        return Segment(self.name, self.kind, kept, self.known, self.loaded)


def loads_of(server: ProgramContainer, known: KnownModels, pool_bytes: int) -> list[Load]:
    """What a program keeps in memory; pool_bytes: the memory that vLLM's share is of."""
    if server.program == "llama-server":
        return together(server, [_of_model(preset, known) for preset in presets_of(server)])
    if server.program == "vllm":
        return [_of_vllm(server, known, pool_bytes)]
    if server.program == "speaches":
        return [_of_speech(server)]
    return [_of_comfyui(server, known)]


def most_loaded(server: ProgramContainer, models: int) -> int:
    """The number of models that a llama-server keeps in memory together."""
    most = dict(server.flags).get("--models-max", "") if server.router else "1"
    return min(int(most), models) if most.isdecimal() and int(most) else models


def together(server: ProgramContainer, loads: list[Load], most: int | None = None) -> list[Load]:
    """The models, of which only the largest that may be in memory together are loaded: llama-server evicts the least
    recently used one, so any set of that number can be in memory (server-models.cpp of b11434, unload_lru). most: that
    number, in place of the one that is set.
    """
    most = most_loaded(server, len(loads)) if most is None else most
    largest = sorted(loads, key=lambda load: -load.bytes)
    return [replace(load, loaded=index < most, most=most) for index, load in enumerate(largest)]


def _of_model(preset: Preset, known: KnownModels) -> Load:
    model = llama_model(preset, known)
    try:
        terms, how = model.terms(), model.known
    except UserError:
        terms, how = (), ""  # a key that the file lacks, or a value that other rules report
    if not terms:
        terms, how = _requested(preset.server, share=1 / max(1, len(presets_of(preset.server)))), "nothing"
    return Load(preset.server, preset.model, "llama-server", terms, how, model)


def _of_vllm(server: ProgramContainer, known: KnownModels, pool_bytes: int) -> Load:
    chosen = settings.of_vllm(server)
    folder = known.folder_at(below_models(server, str(server.value("model") or "")))
    name = str(server.value("model")).rstrip("/").rpartition("/")[2]
    if folder.facts is None:
        return Load(server, name or "vLLM", "vllm", _requested(server), "nothing", settings=chosen)
    terms = vllm_terms(folder, chosen, pool_bytes)
    return Load(server, name, "vllm", terms, folder.how, folder=folder, settings=chosen)


def vllm_terms(folder: Known[FolderFacts], chosen: VllmSettings, pool_bytes: int) -> tuple[Term, ...]:
    """What a vLLM takes with a model that is known; pool_bytes: the memory that its share is of."""
    assert folder.facts
    terms = vllm.terms(folder.facts, chosen, pool_bytes)
    return (*with_least(terms, folder), figures.process("vllm"))


def _of_speech(server: ProgramContainer) -> Load:
    models = server.value("models") or {}
    names = [str((entry or {}).get("model") or key) for key, entry in models.items() if (entry or {}).get("enabled", 1)]
    terms = others.speech_terms(names, str(server.value("computeType")), _device(server))
    return Load(server, "speech", "speaches", tuple(terms), "measured")


def _device(server: ProgramContainer) -> Literal["cuda", "cpu", "auto"]:
    device = server.value("device")
    return "cpu" if device == "cpu" else "cuda" if device == "cuda" else "auto"


def _of_comfyui(server: ProgramContainer, known: KnownModels) -> Load:
    folder = below_models(server, str(server.value("modelsFolder") or ""))
    files = others.comfyui_files(known.folder / folder) if known.folder else {}
    terms = others.comfyui_terms(files, _request(server))
    return Load(server, "ComfyUI", "comfyui", tuple(terms), "file" if files else "request")


def _request(server: ProgramContainer) -> int:
    """The memory request of a container, in bytes."""
    return whole(server.resources.get("requests", {}).get("memory"))


def _requested(server: ProgramContainer, share: float = 1) -> tuple[Term, ...]:
    """The memory request, of a program whose models are unknown: it may need less."""
    return (Term("memory request", int(_request(server) * share), "device", BY_REQUEST, least=0),)
