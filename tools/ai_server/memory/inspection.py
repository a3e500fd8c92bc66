"""Reads the facts of model files and of whole folders; on a node, this is the program that `ai-server inspect --script`
prints.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ai_server.errors import UserError
from ai_server.memory.facts_file import Facts
from ai_server.memory.folder import read_folder
from ai_server.memory.ggml_types import FILE_TYPES
from ai_server.memory.gguf import Header
from ai_server.memory.gguf_bytes import GgufError
from ai_server.memory.model import ModelFacts
from ai_server.memory.shards import first_part, parts_of, read_parts

CONFIG, SAFETENSORS = "config.json", ".safetensors"
NOT_THERE = "cannot be read: No such file or directory"
MODELS = "/data/ai-models"
"""The folder of models on a node, unless the values name another one."""


def inspect(paths: Iterable[str], models: str = "") -> Facts:
    """The facts of some GGUF files and safetensors folders, and of all models in some folders.

    models: the folder that names are relative to; by default /data/ai-models for what is in it, else the folder given.
    """
    facts = Facts()
    for path in paths:
        if not any(map(os.path.exists, (path, *parts_of(path)))):
            facts.errors[_name(first_part(path), models, "") if models else path] = NOT_THERE
            continue
        found = sorted(set(map(_model, find(path))))
        searched = os.path.isdir(path) and found != [path]
        for model in found:
            add = _add_folder if os.path.isdir(model) else _add_file
            add(facts, model, _name(model, models, path if searched else os.path.dirname(path.rstrip(os.sep))))
        if not found:
            facts.errors[path] = "has no model: no *.gguf file, and no folder with config.json and *.safetensors"
    return facts


def find(path: str) -> Iterator[str]:
    """A file itself; or the GGUF files and safetensors folders in a folder and those below it, also behind links."""
    if not os.path.isdir(path):
        yield path
        return
    seen: set[str] = set()
    for folder, folders, files in os.walk(path, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:
            folders[:] = []
            continue
        seen.add(real)
        if CONFIG in files and any(name.endswith(SAFETENSORS) for name in files):
            yield folder
        yield from (os.path.join(folder, name) for name in files if name.lower().endswith(".gguf"))
        # hidden folders contain parts of downloads
        folders[:] = sorted(name for name in folders if not name.startswith("."))


def quantisation(header: Header) -> str:
    """How a model is quantised, as its file says, else the type of most of its bytes."""
    said = header.metadata.get("general.file_type")
    if isinstance(said, int) and said in FILE_TYPES:
        return FILE_TYPES[said]
    sizes: Counter[str] = Counter()
    for tensor in header.tensors:
        sizes[tensor.type] += tensor.bytes
    return sizes.most_common(1)[0][0] if sizes else ""


def main(arguments: Sequence[str] | None = None) -> int:
    """The program for nodes: prints the facts as JSON; exit status 1 if a file cannot be read."""
    parser = argparse.ArgumentParser(description="Prints the facts of model files, for ai-server plan --facts.")
    parser.add_argument("paths", nargs="*", metavar="FILE|FOLDER", help="by default, the folder of the models")
    parser.add_argument("--models", default="", help=f"the folder of the models, of names as well; by default {MODELS}")
    parser.add_argument("--quiet", action="store_true", help="errors only in the JSON, not on stderr as well")
    options = parser.parse_args(arguments)
    facts = inspect(options.paths or [options.models or MODELS], options.models)
    sys.stdout.write(facts.text())
    if not options.quiet:
        for name, problem in sorted(facts.errors.items()):
            sys.stderr.write(f"{name}: {problem}\n")
    return 1 if facts.errors else 0


def _model(path: str) -> str:
    """The model of a file: the first part of a split one, the folder of a safetensors file."""
    return os.path.dirname(path) or "." if path.endswith(SAFETENSORS) else first_part(path)


def _add_file(facts: Facts, file: str, name: str) -> None:
    try:
        headers = read_parts(file)
        facts.models[name] = ModelFacts.of(*headers, file=name)
        facts.quantisations[name] = quantisation(headers[0])
    except GgufError as error:
        facts.errors[name] = str(error).removeprefix(f"{file}: ")
    except UserError as error:
        facts.errors[name] = error.message.removeprefix(f"{name}: ")


def _add_folder(facts: Facts, folder: str, name: str) -> None:
    try:
        facts.folders[name] = read_folder(Path(folder))
    except UserError as error:
        facts.errors[name] = error.message.removeprefix(f"{folder}/").removeprefix(f"{folder} ")
    except OSError as error:
        facts.errors[name] = f"{error.filename}: cannot be read: {error.strerror}"


def _name(file: str, models: str, folder: str) -> str:
    """The path of a file below the models folder; its absolute path if it is elsewhere."""
    path = os.path.abspath(file)
    base = os.path.abspath(models or (MODELS if _below(path, MODELS) else folder))
    return os.path.relpath(path, base).replace(os.sep, "/") if _below(path, base) else path


def _below(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip(os.sep) + os.sep)
