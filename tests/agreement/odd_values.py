"""Odd values for the fields that users may write freely: copies of the valid ones with one node changed."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from ai_server.reading.profiles import dotted
from tests.at import at, renamed
from tests.schema_paths import nodes

Path_ = tuple[str | int, ...]
VALID = Path(__file__).with_name("free_fields.yaml")
OWNERS = {
    "pod": ("litellm.pod", "rocm.pod", "rocm.nodes.halo.pod", "thor.pod", "openwebui.pod", "global.pod"),
    "container": ("litellm", "rocm", "rocm.nodes.halo", "thor.nodes.thor.vllm", "openwebui", "litellm"),
}
"""The sections that a path may mean: one place is chosen for both, since mounts belong to volumes of the same pod."""
TEXTS = (
    *("", " ", "a b", "A", "a_b", "-a", "a-", "a.b", ".a", "a/b", "/a", "/a/../b", "../a", "a:b", "ä", "a\nb", "$(A)"),
    *("0", "1", "-1", "8080", "true", "http", "Always", "None", "1.2.3.4", "10.0.0.300", "fe80::1", "*.lan", "*"),
    *("a" * 16, "a" * 64, "a." * 130 + "a", "1GB", "1Gi", "0.5", "1m", "1.5m", "1e3", "metadata.name"),
)
NUMBERS = (-1, 0, 1, 2, 3, 101, 512, 29999, 65535, 65536, 2**31, 2**40, 0.5)
KEYS = (
    "",
    "a b",
    "-a",
    "a/b/c",
    "/a",
    "a/",
    "A.b_c/D",
    "A" * 64,
    "a" * 254 + "/b",
    "ä",
    "kubernetes.io/hostname",
    "cpu",
    "gpu",
)
FREE_KEYS = {"labels", "annotations", "nodeSelector", "matchLabels", "requests", "limits", "extraEnv", "extraHosts"} | {
    *("selector", "data", "stringData", "volumeAttributes")
}
"""The maps whose keys users choose."""


@dataclass(frozen=True)
class Case:
    """Values with one odd node; kind: the field, without the place that it was written at.

    changed: the keys of the odd node, or of the node that lacks one. within: how many of them are those of the field.
    """

    kind: str
    values: dict[str, Any]
    changed: Path_ = ()
    within: int = 0

    @property
    def field(self) -> str:
        """The last two names of the field."""
        path, change, *_ = [*self.kind.split(" "), ""]
        names = path.replace("[]", "").split(".")
        return f"{'.'.join(names[-2:])} {change}".rstrip()

    def concerns(self, key: str) -> bool:
        """Whether a finding at this key is about the odd node: at it, below it, or above it in the chosen field."""
        above = {dotted(self.changed[:length]) for length in range(self.within, len(self.changed) + 1)}
        below = dotted(self.changed)
        return key in above or key.startswith((f"{below}.", f"{below}["))


def cases(seed: int) -> Iterator[Case]:
    """All cases, in the random order of a seed."""
    order = list(_all())
    chooser = random.Random(seed)
    chooser.shuffle(order)
    for document, path, change, value in order:
        chosen = chooser.randrange(len(OWNERS["pod"]))
        field = _place(str(path[0]), chosen)
        odd = (*field, *path[1:-1]) if change == " removed" else (*field, *path[1:])
        odd = (*odd, value) if change == " key" else odd
        values = _placed(_changed(document, path, change, value), chosen)
        yield Case(f"{_form(path)}{change}", values, odd, len(field))


def valid(seed: int = 0) -> Iterator[Case]:
    """The valid values themselves."""
    chooser = random.Random(seed)
    for document in _documents():
        yield Case(" ".join(document), _placed(document, chooser.randrange(len(OWNERS["pod"]))))


@cache
def _documents() -> list[dict[str, Any]]:
    documents: list[dict[str, Any]] = yaml.safe_load(VALID.read_text())
    return documents


def _all() -> Iterator[tuple[dict[str, Any], Path_, str, Any]]:
    """Every change of every document: the document, the path, the kind of change, and the new value or key."""
    for document in _documents():
        for path, value in nodes(document):
            if len(path) > 1:
                yield document, path, " removed", None
            if path:
                yield from ((document, path, change, other) for change, other in _others(path, value))


def _others(path: Path_, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        if value:
            yield " empty", {}
        if str(path[-1]).rpartition(".")[2] in FREE_KEYS:
            taken = path[-1] in ("requests", "limits") and "kubernetes.io/hostname"
            yield from ((" key", key) for key in KEYS if key != taken)
    elif isinstance(value, list):
        yield " empty", []
        yield " twice", [*value, *value]
    elif isinstance(value, str):
        by_value = (value.lower(), value.upper(), f"{value} ", f"{value}x", f"{value},{value}")
        yield from (("", other) for other in dict.fromkeys((*TEXTS, *by_value)) if other != value)
    elif isinstance(value, bool):
        yield "", not value
    else:
        yield from (("", other) for other in NUMBERS if other != value)


def _changed(document: dict[str, Any], path: Path_, change: str, value: Any) -> dict[str, Any]:
    if change == " removed":
        around = _at(document, path[:-1])
        without = (
            [item for index, item in enumerate(around) if index != path[-1]]
            if isinstance(around, list)
            else {key: item for key, item in around.items() if key != path[-1]}
        )
        return at(path[:-1], without, within=document)
    if change == " key":
        return renamed(document, (*path, next(iter(_at(document, path)))), value)
    return at(path, value, within=document)


def _at(document: Any, path: Path_) -> Any:
    for key in path:
        document = document[key]
    return document


def _placed(document: dict[str, Any], chosen: int) -> dict[str, Any]:
    """The values of a document, with pod and container replaced by one of the sections that they stand for."""
    values: dict[str, Any] = {}
    for path, value in document.items():
        values = at(_place(path, chosen), value, within=values)
    return values


def _place(path: str, chosen: int) -> tuple[str, ...]:
    first, *rest = path.split(".")
    return (*(OWNERS[first][chosen].split(".") if first in OWNERS else [first]), *rest)


def _form(path: Path_) -> str:
    """A path without the indexes of its items."""
    return "".join("[]" if isinstance(key, int) else f".{key}" for key in path).removeprefix(".")
