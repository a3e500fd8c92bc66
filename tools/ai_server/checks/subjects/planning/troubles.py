"""The model files of a release that were to be read, and could not be."""

import posixpath
from collections.abc import Iterator, Set
from dataclasses import dataclass, replace
from pathlib import Path

from ai_server.checks.core.keypaths import leaves
from ai_server.checks.core.model import Violation
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.planning.files import Files, below_models
from ai_server.checks.subjects.presets import presets_of
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.memory.folder import FolderFacts
from ai_server.memory.known import Known, KnownModels
from ai_server.memory.model import ModelFacts
from ai_server.reading.profiles import Keys

RULE = "programs/model-file"
AGAIN = "download it again"


@dataclass(frozen=True)
class ModelFile:
    """A file or folder of a model. path: below the models folder; keys: of the value that names it; written: the value,
    "" if that is not only the path.
    """

    path: str
    keys: Keys
    written: str
    known: Known[ModelFacts] | Known[FolderFacts]


def troubles(view: RenderView) -> Iterator[Violation]:
    """What is wrong with model files, by --models and --facts: names alone are never wrong."""
    if not view.models.given:
        return
    files = view.look_at(list({(file.path, file.keys): file for file in _files(view)}.values()))
    wrong_folder = _wrong_folder(view.models.folder, files) if view.models.folder else None
    if wrong_folder:
        yield wrong_folder
    unlisted = [file for file in files if file.known.trouble == "unlisted"]
    if below := [file for file in unlisted if _is_above(file.path, file.known.meant)]:
        yield _of_another_folder(below[0])
    paths = {file.path for file in files}
    for file in files:
        known = file.known
        if not known.problem or (wrong_folder and known.trouble == "missing"):
            continue
        if known.trouble != "unlisted":
            yield _with_fix(file, Violation(file.keys, f"{file.path}: {known.problem}"), paths)
        elif known.meant not in paths and file not in below:
            # the file may be on another node, or one of both names is wrong
            yield _with_fix(file, Violation(file.keys, f"{file.path} {known.problem}", severity="warning"), paths)


def _files(view: RenderView) -> Iterator[ModelFile]:
    for server in programs(view, "llama-server", "vllm"):
        if server.program == "vllm":
            yield from _named(server, str(server.value("model") or ""), server.setting("model"), view.models)
        for preset in presets_of(server):
            for path, keys in Files(preset, view.models).named:
                yield from _named(server, path, keys, view.models)


def _named(server: ProgramContainer, path: str, keys: Keys, models: KnownModels) -> Iterator[ModelFile]:
    below = below_models(server, path)
    if below and not below.startswith("/"):
        known = models.folder_at(below) if server.program == "vllm" else models.model_at(below)
        inner = [(keys + more, text) for more, text in leaves(server.view.get(*keys)) if str(text).endswith(below)]
        at, text = inner[0] if inner else (keys, "")
        yield ModelFile(below, at, str(text), known)


def _wrong_folder(folder: Path, files: list[ModelFile]) -> Violation | None:
    """The violation for a models folder that has none of the files, if the one above or one below has."""
    if not files or any(file.known.trouble != "missing" for file in files):
        return None
    from ai_server.memory.meant import better_folder

    paths = {file.path for file in files}
    if not (better := better_folder(folder, paths)):
        return None
    none = f"none of the {len(paths)} model files is" if len(paths) > 1 else f"{files[0].path} is not"
    return Violation((), f"{none} below {folder}; did you mean --models {better}?")


def _with_fix(file: ModelFile, found: Violation, used: Set[str]) -> Violation:
    """A violation with the path that was probably meant as its fix; one that is used is another model's."""
    from ai_server.memory.meant import same_model

    near = file.known.meant
    if file.known.trouble == "broken":
        return replace(found, fix="" if AGAIN in found.message else AGAIN)
    if not near or (near in used and not same_model(near, file.path)):
        return replace(found, fix="copy it there, or correct the path")
    if not file.written:
        return replace(found, fix=f"perhaps use {near}")
    value = file.written.removesuffix(file.path) + near
    return found.use(value, certain=file.known.trouble == "missing" and same_model(near, file.path))


def _is_above(path: str, name: str) -> bool:
    """Whether a path begins in a folder above the one that a name begins in: gguf/chat.gguf and chat.gguf."""
    above, below = posixpath.dirname(f"/{path}"), posixpath.dirname(f"/{name}").rstrip("/")
    return above != below and above.endswith(below)


def _of_another_folder(file: ModelFile) -> Violation:
    """The violation for facts that were written for a folder in the models folder."""
    message = f"{file.path} {file.known.problem}"
    fix = "write the facts again: ai-server inspect --models FOLDER, with the folder in which paths of the values begin"
    return Violation(file.keys, message, fix, severity="warning")
