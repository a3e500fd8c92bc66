"""The model files of a preset, and what is known about them."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

from ai_server.checks.subjects.presets import Preset, presets_of
from ai_server.checks.subjects.programs import ProgramContainer
from ai_server.memory.known import Known, KnownModels
from ai_server.memory.model import ModelFacts
from ai_server.reading.profiles import Keys


def below_models(server: ProgramContainer, path: str) -> str:
    """A path of a model relative to the models folder of its node; one elsewhere as it is."""
    view = server.view
    folder = view.effective(server.key, "modelsPath") or view.get("global", "modelsPath") or "/"
    file = PurePosixPath(path)
    return str(file.relative_to(folder)) if file.is_relative_to(folder) else path


def on_node(server: ProgramContainer) -> tuple[str, list[str]]:
    """The models folder on the node of a program, "" for another volume; and the model files and folders below it that
    the program reads.
    """
    volumes = server.pod.pod.spec.get("volumes") or []
    folder = next((str(volume["hostPath"]["path"]) for volume in volumes if _is_models_folder(volume)), "")
    if server.program == "vllm":
        paths = [str(server.value("model") or "")]
    else:
        paths = [file for preset in presets_of(server) for file in Files(preset, KnownModels()).paths]
    return folder, [below_models(server, path) for path in paths if path]


def _is_models_folder(volume: Mapping[str, Any]) -> bool:
    return volume.get("name") == "models" and "hostPath" in volume


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

    @property
    def paths(self) -> list[str]:
        """All files, as the flags name them."""
        return [path for path, _ in self.named]

    @property
    def named(self) -> list[tuple[str, Keys]]:
        """All files, as the flags name them, each with the key of its flag."""
        single = [self._preset.read(flag) for flag in ("model", "mmproj", "model-draft")]
        return [(path, keys) for path, keys in (*single, *self._adapters) if path]

    @cached_property
    def adapters(self) -> tuple[Known[ModelFacts], ...]:
        """The files of LoRA adapters: FILE:SCALE, separated by commas."""
        return tuple(self._known.model_at(below_models(self._preset.server, path)) for path, _ in self._adapters)

    @property
    def _adapters(self) -> list[tuple[str, Keys]]:
        flags = [self._preset.read(flag) for flag in ("lora-scaled", "lora")]
        parts = [(part, keys) for text, keys in flags for part in text.split(",") if part]
        return [(part.rsplit(":", 1)[0] if ":" in part else part, keys) for part, keys in parts]
