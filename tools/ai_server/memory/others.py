"""What ComfyUI and the speech server take: estimates, from figures in programs.yaml that have a source each.

ComfyUI's models are as large as their files. What a step takes is ComfyUI's own estimate, by which it unloads models;
it keeps models of earlier workflows as long as memory is free, so that the plan covers one workflow at a time.
Nothing of this is measured on the GPUs of these nodes.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from ai_server.memory.figures import MB, Kind, Whisper, cuda, figures, megabytes, process, section
from ai_server.memory.terms import MIB, Term, Where

MODELS, CHECKPOINTS = ("diffusion_models", "unet"), ("checkpoints",)
ENCODERS, DECODERS = ("text_encoders", "clip"), ("vae",)
"""ComfyUI's folders, by what their files are: folder_paths.py."""
SUFFIXES = (".safetensors", ".sft", ".ckpt", ".pt", ".pth", ".bin", ".gguf")
TOGETHER = 2
"""Text encoders of a workflow: FLUX, for example, has two, one of them small."""
Device = Literal["cuda", "cpu", "auto"]


@dataclass(frozen=True)
class Workflow:
    """The files that are in memory together. kind: of the diffusion model."""

    kind: Kind
    model: int
    encoders: int
    decoder: int

    @property
    def bytes(self) -> int:
        """Of all its files."""
        return self.model + self.encoders + self.decoder


def comfyui_files(folder: Path) -> dict[str, int]:
    """The sizes of the model files in ComfyUI's folder of models, by their path in it."""
    found = {}
    for kind in (*MODELS, *CHECKPOINTS, *ENCODERS, *DECODERS):
        for file in sorted((folder / kind).rglob("*")):
            if file.suffix in SUFFIXES and file.is_file():
                found[file.relative_to(folder).as_posix()] = file.stat().st_size
    return found


def comfyui_terms(files: Mapping[str, int], request: int = 0) -> list[Term]:
    """What ComfyUI takes for the workflow that takes most of these files; without files, as much as it requests.

    files: as comfyui_files returns them; request: the container's request for memory in bytes, 0 for none.
    """
    base = [process("comfyui"), cuda()]
    workflow = max(_workflows(files), key=lambda item: item.bytes + _step(item.kind), default=None)
    if workflow is None:
        taken = sum(term.bytes for term in base)
        habit = section("comfyui_by_habit")
        most, source = (
            (request, "the container's request") if request else (megabytes(habit, "most"), str(habit["source"]))
        )
        return [*base, Term("models and steps", max(0, most - taken), "device", str(source), 0)]
    name, step = workflow.kind["name"], _step(workflow.kind)
    least = int(cast(int, section("comfyui_least_mib")["bytes"])) * MIB
    parts = [
        Term(f"diffusion model ({name})", workflow.model, "device", "the file's size"),
        Term("text encoders", workflow.encoders, "device", "the files' sizes; unloaded if memory is short", 0),
        Term("VAE", workflow.decoder, "device", "the file's size"),
        Term("a step", max(step, least), "device", workflow.kind["source"], min(step, least)),
    ]
    return [*base, *(part for part in parts if part.bytes)]


def speech_terms(models: Sequence[str], compute_type: str, device: Device) -> list[Term]:
    """What a speech server takes with some models loaded at once: Whisper by its size and type, Kokoro.

    Models that no row knows count as the largest Whisper, and an empty list as that and Kokoro, as an upper bound.
    device: auto is cuda. compute_type: of CTranslate2; default is that of the files, float16, on a CPU float32
    (CTranslate2's docs, quantization.md).
    """
    where: Where = "host" if device == "cpu" else "device"
    found = [process("speaches"), *([cuda()] if where == "device" else [])]
    for model in models or ("Kokoro", "whisper"):
        terms = [_kokoro(model, where)] if "kokoro" in model.lower() else _whisper(model, compute_type, where)
        certain = bool(models)
        found += [term if certain else Term(term.name, term.bytes, term.where, term.source, 0) for term in terms]
    return found


def _workflows(files: Mapping[str, int]) -> Iterable[Workflow]:
    """Each model with what it needs next to it."""
    encoders = sum(sorted(_in(files, ENCODERS).values())[-TOGETHER:])
    decoder = max(_in(files, DECODERS).values(), default=0)
    models = _in(files, MODELS)
    for path, size in models.items():
        kind = _kind(path)
        others = sorted(other for name, other in models.items() if name != path and _kind(name) is kind)
        together = kind.get("together", 1) - 1
        yield Workflow(kind, size + sum(others[len(others) - together :] if together else []), encoders, decoder)
    for path, size in _in(files, CHECKPOINTS).items():
        # a checkpoint has its text encoders and its VAE in it
        yield Workflow(_kind(path), size, 0, 0)


def _in(files: Mapping[str, int], folders: Sequence[str]) -> dict[str, int]:
    return {path: size for path, size in files.items() if path.partition("/")[0] in folders}


def _kind(path: str) -> Kind:
    """The row of the file's name."""
    name = path.rpartition("/")[2].lower()
    rows = cast(list[Kind], figures()["comfyui"])
    return next((row for row in rows if re.search(row["form"], name)), cast(Kind, section("comfyui_unknown")))


def _step(kind: Kind) -> int:
    """Bytes of the larger of sampling and decoding, as ComfyUI estimates them."""
    sampling = int(kind["cells"] * 2 * 0.01 * kind["factor"] * MIB)
    decoding = kind.get("decode_cells", kind["cells"]) * kind["decode"] * 2
    return max(sampling, decoding)


def _whisper(model: str, compute_type: str, where: Where) -> list[Term]:
    """Parameters in the type of the computation, and what faster-whisper takes next to them."""
    rows = cast(list[Whisper], figures()["whisper"])
    row = next((row for row in rows if re.search(row["form"], model.lower())), rows[-1])
    more = section("whisper_more")
    size = _number_bytes(compute_type, where)
    weights = row["parameters"] * MB * size
    rest = int((float(cast(float, more["fixed"])) + float(cast(float, more["per_million"])) * row["parameters"]) * MB)
    found = [Term(model, weights + rest, where, f"{row['source']}; {more['source']}", weights)]
    if size != 2:
        # files have 16 bits, and are converted while they are loaded
        source = "files of 16 bits, converted while they are loaded: faster-whisper#1030"
        found.append(Term(f"{model}, loading", row["parameters"] * MB * 2, "host", source, 0))
    return found


def _number_bytes(compute_type: str, where: Where) -> int:
    if compute_type.startswith("int8"):
        return 1
    if compute_type in ("float32", "") or (where == "host" and compute_type != "int16"):
        return 4
    return 2


def _kokoro(model: str, where: Where) -> Term:
    row = section("kokoro")
    return Term(model, megabytes(row, "most"), where, str(row["source"]), megabytes(row, "least"))
