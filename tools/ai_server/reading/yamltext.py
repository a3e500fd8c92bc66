"""The text of a YAML file, in which one key can be replaced, removed, renamed or added."""

import re
from pathlib import Path
from typing import Any

import yaml

from ai_server.reading.profiles import Keys
from ai_server.reading.yamlfile import key_of
from ai_server.reading.yamlnodes import entries_of, is_alias, is_block, is_empty
from ai_server.reading.yamltree import compose
from ai_server.reading.yamlwrite import block, is_deep
from ai_server.reading.yamlwrite import flow as flow

ALIAS = re.compile(r"\s*:\s*\*[^\s,\]}]+")


class Text:
    """The text of a YAML file with its nodes; each method returns the text after one edit."""

    def __init__(self, text: str) -> None:
        self.text = text
        roots = compose(Path("values"), text)
        if len(roots) > 1:
            raise ValueError("several documents")
        self.root: Any = roots[0] if roots else None
        self.newline = "\r\n" if "\r\n" in text else "\n"

    def renamed(self, keys: Keys, name: str) -> str:
        """With another name of a key."""
        key, _ = self._entry(keys)
        return self._splice(key.start_mark.index, key.end_mark.index, flow(name))

    def with_value(self, keys: Keys, value: Any) -> str:
        """With a value at a key, which need not exist."""
        if self.root is None:
            ended = self.text if not self.text or self.text.endswith("\n") else f"{self.text}{self.newline}"
            return f"{ended}{flow(keys[0])}: {flow(_nested(keys[1:], value))}{self.newline}"
        try:
            key, node = self._entry(keys)
        except LookupError:
            return self._with_new(keys, value)
        lines_before = is_block(node) or is_deep(value)
        if key is not None and value and isinstance(value, dict | list) and lines_before and self._is_alone(keys):
            return self._splice(self._colon(key), self._end(key, node), self._below(key.start_mark.column, value))
        if key is not None and (is_block(node) or is_alias(key, node) or is_empty(node)):
            return self._splice(self._colon(key), self._end(key, node), f" {flow(value)}")
        return self._splice(node.start_mark.index, self._end(key, node), flow(value))

    def without(self, keys: Keys, *, comments: bool = False) -> str:
        """Without a key of a map, or an item of a list; comments: and without the lines that lines_of has."""
        parent_key, parent = self._entry(keys[:-1])
        entries = entries_of(parent)
        number = self._number(parent, keys[-1])
        spans = [(key or node, self._end(key, node)) for key, node in entries]
        start, end = spans[number][0].start_mark.index, spans[number][1]
        if len(entries) == 1 and len(keys) > 1:
            empty = "{}" if isinstance(parent, yaml.MappingNode) else "[]"
            if parent.flow_style or parent_key is None:
                return self._splice(parent.start_mark.index, self._end(None, parent), empty)
            return self._splice(self._colon(parent_key), end, f" {empty}")
        following = spans[number + 1][0].start_mark.index if number + 1 < len(spans) else None
        if parent.flow_style:
            return self._splice(start, following, "") if following else self._splice(spans[number - 1][1], end, "")
        line = self.text.rfind("\n", 0, start) + 1
        if following and self.text[line:start].strip() and isinstance(parent, yaml.MappingNode):
            return self._splice(start, following, "")  # the first key of an item: the dash before it stays
        if comments:
            line, end = self._with_comments(line, end, start - line)
        return self._splice(line, self._line_end(end) + len(self.newline), "")

    def lines_of(self, keys: Keys) -> list[str]:
        """The lines of a key and its value with the comments above and below it, without the key's indentation.

        LookupError if other keys are on these lines as well.
        """
        key, node = self._entry(keys)
        start = self.text.rfind("\n", 0, key.start_mark.index) + 1
        indent = self.text[start : key.start_mark.index]
        start, end = self._with_comments(start, self._end(key, node), len(indent))
        lines = self.text[start : self._line_end(end)].split(self.newline)
        _, parent = self._entry(keys[:-1])
        if parent.flow_style or indent.strip() or any(line.strip() and not line.startswith(indent) for line in lines):
            raise LookupError(f"{keys[-1]} is not on lines of its own")
        return [line[len(indent) :] for line in lines]

    def with_lines(self, keys: Keys, lines: list[str]) -> str:
        """With the lines of a new key at the end of the nearest map above it. LookupError if that is on one line."""
        depth = self._depth(keys)
        key, parent = self._entry(keys[:depth])
        if key is not None and is_empty(parent) and not self._entry(keys[: depth - 1])[1].flow_style:
            indent, end = key.start_mark.column + 2, self._line_end(self._colon(key))
        elif is_alias(key, parent) or not is_block(parent) or not isinstance(parent, yaml.MappingNode):
            raise LookupError(f"{keys[depth]} cannot be added as lines")
        else:
            indent, end = parent.value[0][0].start_mark.column, self._line_end(self._end(*entries_of(parent)[-1]))
        new = [f"{' ' * (indent + 2 * level)}{flow(name)}:" for level, name in enumerate(keys[depth:-1])]
        inner = " " * (indent + 2 * len(new))
        new += [f"{inner}{line}" if line.strip() else line for line in lines]
        return self._splice(end, end, "".join(f"{self.newline}{line}" for line in new))

    def _with_comments(self, start: int, end: int, column: int) -> tuple[int, int]:
        """The start and the end of the lines of a key at a column with the comments above it at the same column, and
        those below its value that are further right.
        """
        for line in reversed(self.text[:start].splitlines(keepends=True)):
            if not re.match(f" {{{column}}}#", line):
                break
            start -= len(line)
        last = self._line_end(end)
        for line in self.text[last:].splitlines(keepends=True)[1:]:
            if not re.match(f" {{{column + 1},}}#", line):
                break
            last = self._line_end(last + len(self.newline))
            end = last
        return start, end

    def _line_end(self, index: int) -> int:
        """The end of the line of an index, before its line break."""
        line = self.text[index:].partition("\n")[0]
        return index + len(line.removesuffix("\r"))

    def _with_new(self, keys: Keys, value: Any) -> str:
        """With a key that does not exist, in the nearest map above it."""
        depth = self._depth(keys)
        key, parent = self._entry(keys[:depth])
        rest = keys[depth:]
        if is_empty(parent):
            assert key is not None
            new = _nested(rest, value)
            text = self._below(key.start_mark.column, new) if self._is_alone(keys[:depth]) else f" {flow(new)}"
            return self._splice(self._colon(key), self._end(key, parent), text)
        if is_alias(key, parent) or not isinstance(parent, yaml.CollectionNode):
            raise LookupError(f"{keys[depth]} cannot be added")
        nested = _nested(rest[1:], value)
        entries = entries_of(parent)
        item = flow(nested) if isinstance(parent, yaml.SequenceNode) else f"{flow(rest[0])}: {flow(nested)}"
        if parent.flow_style or not entries:
            if not entries:
                alone = f"{{{item}}}" if isinstance(parent, yaml.MappingNode) else f"[{item}]"
                return self._splice(parent.start_mark.index, parent.end_mark.index, alone)
            end = self._end(*entries[-1])
            return self._splice(end, end, f", {item}")
        first = entries[0][0] or entries[0][1]
        dash = "- " if isinstance(parent, yaml.SequenceNode) else ""
        end = self._line_end(self._end(*entries[-1]))
        column = first.start_mark.column
        if not dash and (len(rest) > 1 or is_deep(value)):
            item = f"{flow(rest[0])}:{self._below(column, nested)}"
        return self._splice(end, end, self.newline + " " * (column - len(dash)) + dash + item)

    def _is_alone(self, keys: Keys) -> bool:
        """Whether a key is in block style, so that its value may take several lines."""
        return not self._entry(keys[:-1])[1].flow_style

    def _below(self, column: int, value: Any) -> str:
        """A value in block style on the lines below a key at a column."""
        return "".join(f"{self.newline}{' ' * (column + 2)}{line}" for line in block(value))

    def _depth(self, keys: Keys) -> int:
        """How many of the keys above the last one exist."""
        try:
            self._entry(keys[:-1])
        except LookupError:
            return self._depth(keys[:-1])
        return len(keys) - 1

    def _entry(self, keys: Keys) -> tuple[Any, Any]:
        """The nodes of a key, None for an item or the file itself, and of its value. LookupError if there is none."""
        key, node = None, self.root
        for name in keys:
            if is_alias(key, node):
                raise LookupError(f"{name} is in an alias")
            key, node = entries_of(node)[self._number(node, name)]
        return key, node

    @staticmethod
    def _number(parent: Any, name: str | int) -> int:
        if isinstance(name, int):
            return range(len(entries_of(parent)))[name]
        names = [key_of(key) for key, _ in entries_of(parent) if key is not None]
        if names.count(name) != 1:
            raise LookupError(f"{name} is missing, or exists twice")
        return names.index(name)

    def _colon(self, key: Any) -> int:
        """The index after the colon of a key."""
        return self.text.index(":", key.end_mark.index) + 1

    def _end(self, key: Any, node: Any) -> int:
        """The index after the last character of a value, without comments and line breaks after it."""
        if is_alias(key, node):
            found = ALIAS.match(self.text, key.end_mark.index)
            if not found:
                raise LookupError("an alias")
            return found.end()
        if is_block(node):
            return self._end(*entries_of(node)[-1])
        end: int = node.end_mark.index
        return len(self.text[:end].rstrip("\n")) if isinstance(node, yaml.ScalarNode) and node.style in "|>" else end

    def _splice(self, start: int, end: int, new: str) -> str:
        return self.text[:start] + new + self.text[end:]


def _nested(keys: Keys, value: Any) -> Any:
    for key in reversed(keys):
        value = {key: value}
    return value
