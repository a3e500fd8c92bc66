"""Finds the comments of a YAML file, and puts back those that an edit removed."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from ai_server.reading.profiles import Keys
from ai_server.reading.textfile import Place
from ai_server.reading.yamlfile import document_of
from ai_server.reading.yamltree import compose

COMMENT = re.compile(r"(?<!\S)#.*")


@dataclass(frozen=True)
class Comment:
    """The text of a comment, from its # to the end of the line, and its location."""

    text: str
    line: int
    column: int

    def is_before(self, place: Place) -> bool:
        """Whether the comment comes before a place."""
        return (self.line, self.column) < (place.line, place.column)


def comments(text: str) -> list[Comment]:
    """The comments of a YAML text in their order."""
    if "#" not in text:
        return []
    found: list[Comment] = []
    scalars = {span for root in compose(Path("values"), text) for span in _scalars(root, text, set())}
    start = 0
    for begin, end in [*sorted(scalars), (len(text), len(text))]:
        for match in COMMENT.finditer(text, start, max(start, begin)):
            index = match.start()
            column = index - text.rfind("\n", 0, index)
            found.append(Comment(match[0].rstrip("\r"), text.count("\n", 0, index) + 1, column))
        start = max(start, end)
    return found


def _scalars(node: yaml.Node, text: str, seen: set[int]) -> Iterator[tuple[int, int]]:
    """Where the scalars of a node start and end; for a block of text, after the line of its | or >."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        start, end = node.start_mark.index, node.end_mark.index
        yield (text.find("\n", start, end) if node.style and node.style in "|>" else start), end
    for item in node.value if isinstance(node, yaml.CollectionNode) else ():
        for part in item if isinstance(item, tuple) else (item,):
            yield from _scalars(part, text, seen)


def lost(before: Sequence[Comment], after: Sequence[Comment]) -> list[Comment]:
    """The comments that are no longer there."""
    left = Counter(comment.text for comment in after)
    result = []
    for comment in before:
        left[comment.text] -= 1
        if left[comment.text] < 0:
            result.append(comment)
    return result


def with_comments(text: str, keys: Keys, missing: Sequence[Comment]) -> str:
    """The text with comments above the line of a key."""
    if not missing:
        return text
    number = document_of(Path("values"), text).places[keys].line - 1
    lines = text.split("\n")
    indent = lines[number][: len(lines[number]) - len(lines[number].lstrip(" "))]
    end = "\r" if "\r\n" in text else ""
    return "\n".join([*lines[:number], *(f"{indent}{comment.text}{end}" for comment in missing), *lines[number:]])
