"""Mistakes in values files."""

import copy
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import yaml

from tests.at import at, renamed
from tests.mutation.operators import refused
from tests.mutation.subject import Mutant, Subject, yaml_text
from tests.schema_paths import declared, dotted, nodes, schemas

NAMED_BY_A_PROGRAM = ("flags", "litellmSettings", "routerSettings", "generalSettings", "extraConfig")
"""Maps of names that the program defines, which our data lists."""
OTHER_TYPE = {bool: "maybe", int: "many", float: "much", str: {"a": "b"}, list: "text", dict: "text"}
QUANTITY = re.compile(r"([0-9.]+)(Ki|Mi|Gi|Ti)")


@refused
def typo_in_a_key(subject: Subject) -> Iterator[Mutant]:
    """A key without its second letter; for a key with two letters, the last one doubled."""
    for index, path, _ in subject.places():
        key = path[-1]
        if isinstance(key, str) and (declared(path) or (len(path) > 1 and path[-2] in NAMED_BY_A_PROGRAM)):
            typo = key[0] + key[2:] if len(key) > 2 else key + key[-1]
            yield subject.with_document(index, renamed(subject.documents[index], path, typo), dotted(path))


@refused
def value_of_another_type(subject: Subject) -> Iterator[Mutant]:
    """A word instead of a number or a boolean, a map instead of a string, a string instead of a list or a map."""
    for index, path, value in subject.places():
        if value is not None:
            yield subject.with_values(index, path, OTHER_TYPE[type(value)])


@refused
def number_out_of_range(subject: Subject) -> Iterator[Mutant]:
    """A number just below the minimum, or just above the maximum."""
    for index, path, value in subject.places():
        if isinstance(value, int | float) and not isinstance(value, bool):
            for node in schemas(path):
                for bound, step in (("minimum", -1), ("maximum", 1)):
                    if bound in node:
                        yield subject.with_values(index, path, node[bound] + step)


@refused
def word_that_is_no_choice(subject: Subject) -> Iterator[Mutant]:
    """A choice with an extra letter."""
    for index, path, value in subject.places():
        if isinstance(value, str) and value and any("enum" in node for node in schemas(path)):
            yield subject.with_values(index, path, value + "x")


@refused
def unit_of_another_system(subject: Subject) -> Iterator[Mutant]:
    """GB instead of Gi."""
    for index, path, value in subject.places():
        if isinstance(value, str) and (found := QUANTITY.fullmatch(value)):
            yield subject.with_values(index, path, f"{found[1]}{found[2][0]}B")


@refused
def unit_left_out(subject: Subject) -> Iterator[Mutant]:
    """Bytes instead of Gi."""
    for index, path, value in subject.places():
        if isinstance(value, str) and (found := QUANTITY.fullmatch(value)):
            yield subject.with_values(index, path, found[1])


@refused
def amount_a_thousand_times_larger(subject: Subject) -> Iterator[Mutant]:
    """Ti instead of Gi, and Gi instead of Mi, for amounts that are reserved or used on the node."""
    larger = {"Ki": "Mi", "Mi": "Gi", "Gi": "Ti", "Ti": "Pi"}
    for index, path, value in subject.places():
        aside = "requests" in path or path[-1] in ("kvCacheMemory", "shmSize")
        if aside and isinstance(value, str) and (found := QUANTITY.fullmatch(value)):
            yield subject.with_values(index, path, f"{found[1]}{larger[found[2]]}")


@refused
def typo_in_a_resource(subject: Subject) -> Iterator[Mutant]:
    """The name of a resource without its second letter."""
    for index, path, _ in subject.places():
        if path[-2:-1] in (("requests",), ("limits",)):
            typo = str(path[-1])[0] + str(path[-1])[2:]
            yield subject.with_document(index, renamed(subject.documents[index], path, typo), dotted(path))


@refused
def nothing_for_a_value(subject: Subject) -> Iterator[Mutant]:
    """A key without a value."""
    for index, path, value in subject.places():
        if declared(path) and value is not None:
            yield subject.with_values(index, path, None)


@refused
def key_twice(subject: Subject) -> Iterator[Mutant]:
    """A duplicate key."""
    for index, path, _ in subject.places():
        if isinstance(path[-1], str):
            yield subject.with_text(index, partial(_twice, subject.documents[index], path), dotted(path))


def _twice(document: Any, path: tuple[str | int, ...]) -> str:
    root = yaml.compose(yaml_text(document), Loader=yaml.CSafeLoader)
    node: Any = root
    for key in path[:-1]:
        node = node.value[key] if isinstance(key, int) else next(v for k, v in node.value if k.value == key)
    node.value.append(copy.deepcopy(next(pair for pair in node.value if pair[0].value == path[-1])))
    return str(yaml.serialize(root, Dumper=yaml.CSafeDumper))


@refused
def key_of_a_component_in_another(subject: Subject) -> Iterator[Mutant]:
    """A key moved to a component that does not have it."""
    for index, path, value in subject.places():
        if len(path) == 2 and path[0] not in ("global", "extraObjects"):
            section = subject.documents[index][str(path[0])]
            for other in ("rocm", "thor", "litellm", "openwebui"):
                if other != path[0] and not declared((other, path[1])):
                    left = {key: kept for key, kept in section.items() if key != path[1]}
                    document = at((other, path[1]), value, path[:1], left, within=subject.documents[index])
                    yield subject.with_document(index, document, f"{dotted(path)} to {other}")


@refused
def tag_that_moves(subject: Subject) -> Iterator[Mutant]:
    """latest instead of a version."""
    for index, path, value in subject.places():
        if path[-1] == "tag" and value:
            yield subject.with_values(index, path, "latest")


@refused
def repository_in_capitals(subject: Subject) -> Iterator[Mutant]:
    """An image name that is invalid in any registry."""
    for index, path, value in subject.places():
        if path[-1] == "repository" and value:
            yield subject.with_values(index, path, value.upper())


@refused
def key_in_a_variable(subject: Subject) -> Iterator[Mutant]:
    """The key of a cloud service in the values of each component."""
    for index, document in enumerate(subject.documents):
        for path, value in nodes(document):
            if isinstance(value, dict) and declared((*path, "extraEnv")):
                variables = {**(value.get("extraEnv") or {}), "OPENAI_API_KEY": "sk-proj-Zk3bQ9xT7mLw2RvY8nHc5JdF"}
                made = at((*path, "extraEnv"), variables, within=document)
                yield subject.with_document(index, made, dotted(path))
