"""Parses YAML into nodes with their locations, and rejects files that are too deep or large before they fill memory."""

from pathlib import Path
from typing import Any

import yaml

from ai_server.errors import UserError
from ai_server.reading.textfile import NotYaml, Place, Unreadable, lines_of

DEEPEST = 100
MOST_NODES = 200_000
"""Values and items, where each use of an alias counts: an alias bomb exceeds this immediately."""
MOST_EVENTS = 2 * MOST_NODES
"""Keys are nodes as well. A node needs half a kilobyte."""
PLAIN = "plain"
NAME_VALUES = "name a values file"


class _Composer(yaml.CSafeLoader):
    """Composes only the structure of YAML: our own code interprets plain scalars by Helm's rules."""

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        """PLAIN for a scalar without quotes and tag; otherwise the tag that YAML assigns."""
        if kind is yaml.ScalarNode and implicit[0]:
            return PLAIN
        if kind is yaml.ScalarNode:
            return "tag:yaml.org,2002:str"
        return "tag:yaml.org,2002:map" if kind is yaml.MappingNode else "tag:yaml.org,2002:seq"


def compose(path: Path, text: str) -> list[yaml.Node]:
    """The root nodes of a file's documents; UserError for invalid YAML, with the line if it is known."""
    if _may_be_too_much(text):
        _measure(path, text)
    try:
        return [node for node in yaml.compose_all(text, Loader=_Composer) if node is not None]
    except yaml.YAMLError as error:
        raise _not_yaml(path, lines_of(text), error) from None
    except RecursionError:
        raise _too_deep(path) from None


def _not_yaml(path: Path, lines: list[str], error: yaml.YAMLError) -> UserError:
    """The cause of an error if it is known, else the words of the parser, where it gave up."""
    from ai_server.reading.yamlcause import cause
    from ai_server.reading.yamlfailure import Cause, Failure
    from ai_server.reading.yamlsigns import control_character

    found = control_character(lines)
    if isinstance(error, yaml.MarkedYAMLError) and (mark := error.problem_mark or error.context_mark):
        begun = error.context_mark
        began = (begun.line + 1, begun.column + 1) if begun else (0, 0)
        failure = Failure(mark.line + 1, mark.column + 1, error.problem or "", error.context or "", *began)
        found = cause(lines, failure) or Cause(failure.line, failure.column, failure.problem or failure.context, "")
    if not found:
        return Unreadable(path, f"invalid YAML: {str(error).splitlines()[0]}")
    place = Place(str(path), found.line, found.column)
    return NotYaml(place, f"invalid YAML: {found.message}", lines, hint=found.hint, tab=found.tab, odd=found.odd)


def _too_deep(path: Path) -> UserError:
    return Unreadable(path, "nested too deeply for a values file", hint=NAME_VALUES)


def _may_be_too_much(text: str) -> bool:
    """A cheap test that may return True too often: each node has a sign before or after it."""
    if 2 * sum(text.count(sign) for sign in ",:[{-?\n\r") > MOST_EVENTS:
        return True
    depth = 0
    for line in text.splitlines():
        opened = line.count("[") + line.count("{")
        depth += opened - line.count("]") - line.count("}")
        if depth > DEEPEST or opened + line.count("- ") > DEEPEST:
            return True
    return False


def _measure(path: Path, text: str) -> None:
    """Counts nodes and their depth without composing them: libyaml's composer crashes the process if it is too deep."""
    depth = count = 0
    try:
        for event in yaml.parse(text, yaml.CSafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            count += isinstance(event, yaml.NodeEvent)
            if depth > DEEPEST:
                raise _too_deep(path)
            if count > MOST_EVENTS:
                more = f"more than {MOST_EVENTS:,} keys and values".replace(",", " ")
                raise Unreadable(path, f"{more}, too many for a values file", hint=NAME_VALUES)
    except yaml.YAMLError:
        pass  # compose() reports it with its location
