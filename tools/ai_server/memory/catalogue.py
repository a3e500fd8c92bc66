"""What models.yaml knows about popular models, which are found by the name of their file or folder.

A model has:
  name             as its makers call it
  form             a regular expression for a part of the lower-case name, with - for _
  sources          keys of `sources`: what was read, where and when
  examples         names of files and folders that it must match
  architecture     as llama.cpp names it
  parameters       the number of its weights as its name or a source states it, which parameters.py must find as well
  tied             true: it has no output weights of its own, but uses those of the embedding
  experts          bits per weight of its experts in every published file, whatever the file's name says
  multimodal       true: its folder has an encoder of pictures or sound as well
  hyperparameters  the keys of its GGUF files without the architecture's prefix; a list repeats until each layer has a
                   value
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ai_server.memory.model import Value
from ai_server.reading.data import read_data

PART = re.compile(r"^mtp-|(?:^|[-.])(?:mmproj|eagle3?|dflash|dspark|assistant|reap|pruned|imatrix|lora)(?=[-.]|$)")
"""Names of projectors, draft heads and pruned models: not the complete model whose name they have."""
SHARD = re.compile(r"-\d{5}-of-\d{5}")


@dataclass(frozen=True)
class Source:
    """What was read, where, and when (year-month-day)."""

    what: str
    url: str
    date: str


@dataclass(frozen=True)
class KnownModel:
    """A row of models.yaml."""

    name: str
    form: re.Pattern[str]
    sources: tuple[Source, ...]
    examples: tuple[str, ...]
    architecture: str
    parameters: int
    tied: bool
    experts: float
    multimodal: bool
    hyperparameters: Mapping[str, Value]


def known_model(path: str) -> KnownModel | None:
    """The model that a path names, its last part first; None if no name is known or it is only a part of a model."""
    return next((model for name in names(path) for model in catalogue() if model.form.search(name)), None)


def names(path: str) -> list[str]:
    """The parts of a path that may name a model, the file first, as forms expect them; none if it is not a model."""
    parts = [SHARD.sub("", part) for part in re.sub("[_:]", "-", path.lower()).split("/") if part]
    parts = [part.removesuffix(".gguf") for part in reversed(parts)]
    return [] if parts and PART.search(parts[0]) else parts


@cache
def catalogue() -> tuple[KnownModel, ...]:
    """All rows of models.yaml."""
    data = read_data(__file__, "models.yaml")
    sources = {key: Source(**source) for key, source in data["sources"].items()}
    return tuple(_model(row, sources) for row in data["models"])


def _model(row: Mapping[str, Any], sources: Mapping[str, Source]) -> KnownModel:
    layers = row["hyperparameters"]["block_count"]
    return KnownModel(
        name=row["name"],
        form=re.compile(rf"(?:^|[-/.:])(?:{row['form']})(?=[-/.:]|$)"),
        sources=tuple(sources[key] for key in row["sources"]),
        examples=tuple(row["examples"]),
        architecture=row["architecture"],
        parameters=row["parameters"],
        tied=row["tied"],
        experts=float(row.get("experts", 0)),
        multimodal=row.get("multimodal", False),
        hyperparameters={
            key: tuple(value[index % len(value)] for index in range(layers)) if isinstance(value, list) else value
            for key, value in row["hyperparameters"].items()
        },
    )
