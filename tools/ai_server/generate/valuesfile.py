"""Generates values.yaml from the typed models: defaults in the models' order, docstrings as comments."""

import io
import textwrap
from collections.abc import Iterator
from typing import Any

from pydantic.fields import FieldInfo
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from ai_server.values.base import FilledByHelm, Partial, Section
from ai_server.values.shared import Component, ContainerSettings

HEADER = "Generated from tools/ai_server/values by `ai-server generate`: edit the models there."
OF_A_SUBCHART = """The component's part of ../../values.yaml, where the comments are. Where a user writes null, such as
runAsUser: null, Helm removes the default only if the subchart has that key as well."""


def values_yaml(section: Section) -> str:
    """The text of values.yaml for a section: every key with its default, below a comment that explains it."""
    tree = _tree(section, 0)
    tree.yaml_set_start_comment(f"{HEADER}\n{type(section).__doc__}\n")
    return _text(tree)


def defaults_yaml(section: Section) -> str:
    """The text of a subchart's values.yaml: the same keys and defaults, without comments."""
    tree = _tree(section, 0, comments=False)
    tree.yaml_set_start_comment(f"{HEADER}\n{OF_A_SUBCHART}\n")
    return _text(tree)


def _text(tree: CommentedMap) -> str:
    emitter = YAML()
    emitter.width = 110
    emitter.indent(mapping=2, sequence=4, offset=2)
    buffer = io.StringIO()
    emitter.dump(tree, buffer)
    return buffer.getvalue()


def fields(section: type[Section]) -> Iterator[tuple[str, FieldInfo]]:
    """(attribute, field) in reading order: `enabled`, the section's own keys, then those it shares with others."""
    yielded: set[str] = set()
    classes = sorted(section.__mro__, key=lambda owner: (owner is not Component, owner is ContainerSettings))
    for owner in classes:
        for name in getattr(owner, "__annotations__", {}):
            field = section.model_fields.get(name)
            if field and name not in yielded and not has(field, FilledByHelm):
                yielded.add(name)
                yield name, field


def has(field: FieldInfo, mark: type) -> bool:
    """Whether a field has a mark: Partial or FilledByHelm."""
    return any(isinstance(item, mark) for item in field.metadata)


def _tree(section: Section, depth: int, *, comments: bool = True) -> CommentedMap:
    tree = CommentedMap()
    for name, field in fields(type(section)):
        key, value = field.alias or name, getattr(section, name)
        if has(field, Partial) or not isinstance(value, Section):
            tree[key] = _plain(value)
        else:
            tree[key] = _tree(value, depth + 1, comments=comments)
        if comments:
            comment = textwrap.fill(field.description or "", width=108 - 2 * depth)
            tree.yaml_set_comment_before_after_key(key, before=comment, indent=2 * depth)
    return tree


def _plain(value: Any) -> Any:
    if isinstance(value, Section):
        return value.model_dump(by_alias=True, exclude_unset=True)
    return value
