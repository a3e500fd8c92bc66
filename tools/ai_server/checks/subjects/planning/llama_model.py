"""A model of a llama-server with its settings and the facts of its files, and what it keeps in memory."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ai_server.checks.subjects.forms import LLAMA_ON
from ai_server.checks.subjects.planning import settings
from ai_server.checks.subjects.planning.files import Files
from ai_server.checks.subjects.presets import Preset
from ai_server.memory import aside, llamacpp
from ai_server.memory.folder import FolderFacts
from ai_server.memory.known import Known, KnownModels
from ai_server.memory.model import ModelFacts
from ai_server.memory.settings import LlamaSettings
from ai_server.memory.terms import Term

MANAGED = "GGML_CUDA_ENABLE_UNIFIED_MEMORY"
"""Lets the driver move what does not fit to the memory of the machine: llama.cpp, docs/build.md."""
WEIGHTS = "weights"


@dataclass(frozen=True)
class LlamaModel:
    """A model of a llama-server with what its memory depends on, so that other settings can be tried."""

    preset: Preset
    settings: LlamaSettings
    model: Known[ModelFacts]
    projector: Known[ModelFacts] | None = None
    adapters: tuple[Known[ModelFacts], ...] = ()
    draft: tuple[Known[ModelFacts], LlamaSettings] | None = None

    def terms(self) -> tuple[Term, ...]:
        """What it takes, () if nothing is known. What only its name tells is an upper bound, with what is certain."""
        facts = self.model.facts
        if facts is None or not (self.settings.ctx_size or facts.number("context_length", 0)):
            # a name that only states the number of weights does not tell the model's own context (ctxSize: 0)
            return ()
        draft = self.draft
        terms = llamacpp.terms(
            facts,
            self.settings,
            projector=self.projector.facts if self.projector else None,
            adapters=[adapter.facts for adapter in self.adapters if adapter.facts],
            draft=(draft[0].facts, draft[1]) if draft and draft[0].facts else None,
        )
        guessed = tuple(start for start, part in self.parts if part.how != "file")
        known = with_least(terms, self.model)
        return tuple(replace(term, least=0) if guessed and term.name.startswith(guessed) else term for term in known)

    @property
    def parts(self) -> list[tuple[str, Known[ModelFacts]]]:
        """Its other files, each with how the names of its terms start."""
        drafts = [("draft model", self.draft[0])] if self.draft else []
        projectors = [("projector", self.projector)] if self.projector else []
        return [*projectors, *(("adapter", adapter) for adapter in self.adapters), *drafts]

    @property
    def known(self) -> str:
        """How it is known: as the least known of its files; "nothing" if one may take anything."""
        hows = [self.model.how, *(part.how for _, part in self.parts)]
        return "nothing" if "unknown" in hows else "name" if "name" in hows else "file"

    @property
    def adapts(self) -> bool:
        """Whether the plan does not know which weights are on the GPU: llama-server fits the layers if their number is
        auto and no flag leaves weights on the host (common/fit.cpp), or flags leave some there that facts do not tell.
        """
        preset, facts = self.preset, self.model.facts
        layers = preset.read("n-gpu-layers")[0]
        fits = layers in ("", "auto", "-1") and preset.read("fit")[0] in ("", *LLAMA_ON)
        told = facts is not None and aside.is_certain(facts, self.settings)
        return (fits and not aside.any_left(self.settings)) or not told or MANAGED in preset.server.env


def with_least(terms: Iterable[Term], known: Known[ModelFacts] | Known[FolderFacts]) -> Iterator[Term]:
    """Terms of a model that only its name tells: its weights take at least what the name says, and what depends on its
    layers is only certain if these are known.
    """
    rest = known.least or 0
    for term in terms:
        if known.how == "file":
            yield term
        elif term.name.startswith(WEIGHTS):
            least = min(rest, term.bytes)
            rest -= least
            yield replace(term, least=least, source=known.source)
        else:
            yield term if known.shape else replace(term, least=0)


def llama_model(preset: Preset, known: KnownModels) -> LlamaModel:
    """A model of a llama-server with its settings and the facts of its files."""
    files, chosen = Files(preset, known), settings.of_llama(preset)
    drafts = files.one("model-draft")
    return LlamaModel(
        preset,
        chosen,
        files.model,
        files.one("mmproj"),
        files.adapters,
        (drafts, settings.of_draft(preset, chosen)) if drafts else None,
    )
