"""Merges maps of values as Helm does."""

from collections.abc import Mapping
from typing import Any


def merge(base: Mapping[str, Any], over: Mapping[str, Any], *, nulls_delete: bool = False) -> dict[str, Any]:
    """The maps merged key by key, with other values of base replaced. Changes neither, and shares nothing with them.

    nulls_delete: a null removes a key of the base, as with a chart's defaults; otherwise the null stays.
    """
    merged: dict[str, Any] = {}
    for key in dict.fromkeys([*base, *over]):
        below, value = base.get(key), over.get(key)
        if key not in over:
            merged[key] = _copy(below)
        elif isinstance(value, Mapping) and isinstance(below, Mapping):
            merged[key] = merge(below, value, nulls_delete=nulls_delete)
        elif not (nulls_delete and value is None and key in base):
            merged[key] = _copy(value)
    return merged


def coalesce(defaults: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Values over the chart's defaults, as templates see them."""
    return merge(defaults, values, nulls_delete=True)


def _copy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value
