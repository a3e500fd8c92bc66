"""The model files of a preset, and what is known about them."""

from functools import cached_property
from pathlib import PurePosixPath

from ai_server.checks.subjects.presets import Preset
from ai_server.checks.subjects.programs import ProgramContainer
from ai_server.memory.known import Known, KnownModels
from ai_server.memory.model import ModelFacts


def below_models(server: ProgramContainer, path: str) -> str:
    """A path of a model relative to the models folder of its node; one elsewhere as it is."""
    view = server.view
    folder = view.effective(server.key, "modelsPath") or view.get("global", "modelsPath") or "/"
    file = PurePosixPath(path)
    return str(file.relative_to(folder)) if file.is_relative_to(folder) else path


class Files:
    """The files that llama-server reads for a model."""

    def __init__(self, preset: Preset, known: KnownModels) -> None:
        self._preset, self._known = preset, known

    @cached_property
    def model(self) -> Known[ModelFacts]:
        """The model's own file."""
        return self._known.model_at(below_models(self._preset.server, self._preset.read("model")[0]))

    def one(self, flag: str) -> Known[ModelFacts] | None:
        """The file of another flag; None if it is not set."""
        path = self._preset.read(flag)[0]
        return self._known.model_at(below_models(self._preset.server, path)) if path else None

    @cached_property
    def adapters(self) -> tuple[Known[ModelFacts], ...]:
        """The files of LoRA adapters: FILE:SCALE, separated by commas."""
        texts = [self._preset.read(flag)[0] for flag in ("lora-scaled", "lora")]
        paths = [part.rsplit(":", 1)[0] if ":" in part else part for text in texts for part in text.split(",") if part]
        return tuple(self._known.model_at(below_models(self._preset.server, path)) for path in paths)
