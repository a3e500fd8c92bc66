"""What the nodes of a YAML text are."""

from typing import Any

import yaml


def entries_of(node: Any) -> list[tuple[Any, Any]]:
    """The keys and values of a map; the items of a list with None for a key."""
    if isinstance(node, yaml.MappingNode):
        return list(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [(None, item) for item in node.value]
    raise LookupError("a single value has no keys")


def is_block(node: Any) -> bool:
    """Whether a value is a map or a list in block style."""
    return isinstance(node, yaml.CollectionNode) and not node.flow_style and bool(node.value)


def is_alias(key: Any, node: Any) -> bool:
    """Whether a value stands elsewhere, before its key."""
    return key is not None and node.start_mark.index < key.end_mark.index


def is_empty(node: Any) -> bool:
    """Whether nothing is written for a value."""
    return isinstance(node, yaml.ScalarNode) and node.start_mark.index == node.end_mark.index
