"""Names that occur in two places, changed in one of them."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from tests.at import at, renamed
from tests.mutation.operators import refused
from tests.mutation.subject import Mutant, Subject
from tests.schema_paths import dotted, nodes

REFERENCES = (
    "serve",
    "fallbacks",
    "aliases",
    "sharedNames",
    "overrides",
    "taskModel",
    "sttModel",
    "ttsModel",
    "embeddingModel",
)


def _entries(subject: Subject, section: str) -> Iterator[tuple[int, tuple[str, str, str], Any]]:
    for index, path, value in subject.places():
        if len(path) == 3 and path[1] == section and path[0] in ("rocm", "thor") and isinstance(path[2], str):
            yield index, (str(path[0]), section, path[2]), value


def _mentioned(subject: Subject) -> set[str]:
    found: set[str] = set()
    for path, value in nodes(subject.values):
        if any(word in path for word in REFERENCES):
            found |= {value} if isinstance(value, str) else set()
            found |= {str(path[-1])} if path[-2:-1] in (("fallbacks",), ("overrides",)) else set()
    return found


@refused
def node_renamed_in_the_values(subject: Subject) -> Iterator[Mutant]:
    """The key of an entry that is the node's name, or its `node` if it has one."""
    for index, path, value in _entries(subject, "nodes"):
        entry = value or {}
        if entry.get("enabled", True) is False:
            continue
        if "node" in entry:
            yield subject.with_values(index, (*path, "node"), entry["node"] + "x")
        elif "selector" not in entry:
            yield subject.with_document(index, renamed(subject.documents[index], path, path[2] + "x"), dotted(path))


@refused
def label_of_a_selector_changed(subject: Subject) -> Iterator[Mutant]:
    """A label by which the values select nodes."""
    for index, path, value in subject.places():
        if len(path) > 1 and path[-2] in ("selector", "nodeSelector") and isinstance(value, str):
            yield subject.with_values(index, path, value + "x")


@refused
def model_renamed_in_the_catalogue(subject: Subject) -> Iterator[Mutant]:
    """The name of a model that is used elsewhere."""
    for index, path, value in _entries(subject, "models"):
        if path[2] in _mentioned(subject) and (value or {}).get("enabled", True):
            yield subject.with_document(index, renamed(subject.documents[index], path, path[2] + "x"), dotted(path))


@refused
def model_renamed_where_it_is_mentioned(subject: Subject) -> Iterator[Mutant]:
    """The name of a model in lists of models, in fallbacks, and in settings of the chat page."""
    for index, path, value in subject.places():
        if isinstance(value, str) and any(word in path for word in REFERENCES) and not {"flags", "aliases"} & set(path):
            yield subject.with_values(index, path, value + "x")
        if path[-2:-1] in (("fallbacks",), ("overrides",)):
            made = renamed(subject.documents[index], path, f"{path[-1]}x")
            yield subject.with_document(index, made, dotted(path))


@refused
def served_name_of_another_model(subject: Subject) -> Iterator[Mutant]:
    """The name of one of llama.cpp's models for vLLM's model."""
    others = [path[2] for _, path, value in _entries(subject, "models") if (value or {}).get("enabled", True)]
    for index, path, value in subject.places():
        if path[-1] == "servedNames" and path[0] == "thor" and others:
            yield subject.with_values(index, path, [*value, others[0]])


@refused
def port_of_a_neighbour(subject: Subject) -> Iterator[Mutant]:
    """The port of another program in the same pod."""
    together = {("openwebui", "port"): ("litellm", "port", 4000), ("litellm", "port"): ("openwebui", "port", 8080)}
    sidecar = (subject.values.get("openwebui") or {}).get("mode", "sidecar") == "sidecar"
    for place, (component, key, default) in together.items():
        if sidecar and all(
            (subject.values.get(program) or {}).get("enabled", True) for program in ("litellm", "openwebui")
        ):
            port = (subject.values.get(component) or {}).get(key, default)
            document = at(place, port, within=subject.documents[-1])
            yield subject.with_document(len(subject.texts) - 1, document, dotted(place))
    for index, path, value in _entries(subject, "nodes"):
        entry, thor = value or {}, subject.values.get("thor") or {}
        if path[0] != "thor" or entry.get("pods", thor.get("pods", "together")) != "together":
            continue
        on = [program for program in ("vllm", "comfyui", "speech") if _runs(thor, entry, program)]
        for one, other in pairwise(on):
            program = {**(entry.get(one) or {}), "port": _port(thor, entry, other)}
            yield subject.with_values(index, path, {**entry, one: program})


def _runs(thor: Any, entry: Any, program: str) -> bool:
    own = (entry.get(program) or {}).get("enabled")
    return bool((thor.get(program) or {}).get("enabled", True) if own is None else own) and entry.get("enabled", True)


def _port(thor: Any, entry: Any, program: str) -> int:
    default = {"vllm": 8000, "comfyui": 8188, "speech": 8001}[program]
    return int((entry.get(program) or {}).get("port") or (thor.get(program) or {}).get("port") or default)
