"""The keys of the chart's schema: where each is, and which values it takes."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ai_server.near import nearest
from ai_server.reading.profiles import Keys

KINDS = {"object": "a map", "array": "a list"}
"""The kinds of values by their types in a schema; all others are single values."""
Location = tuple[str, ...]


@dataclass(frozen=True)
class Places:
    """The keys of a schema."""

    schema: dict[str, Any]

    @cached_property
    def locations(self) -> dict[str, list[Location]]:
        """All locations of each key's name."""
        locations: dict[str, list[Location]] = {}
        for location in self._keys(self.schema, ()):
            locations.setdefault(location[-1], []).append(location)
        return locations

    def __contains__(self, keys: Keys) -> bool:
        return self._part(keys) is not None

    def names(self, keys: Keys) -> Collection[str]:
        """The keys of the map at a key that the schema names."""
        part = self._part(keys)
        names: Collection[str] = self._resolved(part).get("properties", {}) if part is not None else ()
        return names

    def entries(self, keys: Keys) -> bool:
        """Whether the map at a key takes other keys as well: names that the user chooses."""
        part = self._part(keys)
        return part is not None and isinstance(self._resolved(part).get("additionalProperties"), dict)

    def take(self, keys: Keys, value: Any) -> bool:
        """Whether a value may be meant for a key: it is of the right kind, and if it is a map, one of its keys is known
        there.
        """
        part = self._part(keys)
        if part is None or value is None:
            return part is not None
        kind, kinds = _kind(value), self._kinds(part)
        if kinds and kind not in kinds and not (kind == "a value" and "a list" in kinds):
            return False
        part = self._resolved(part)
        closed = isinstance(value, dict) and part.get("additionalProperties") is False
        return not closed or not value or any(nearest(str(name), part["properties"]) for name in value)

    def _keys(self, part: dict[str, Any], path: Location) -> Iterator[Location]:
        """Every key of a part, with NAME for the names of entries, except those of Kubernetes' own types."""
        if ".k8s." in part.get("$ref", "") or len(path) > 6:
            return
        part = self._resolved(part)
        for key, body in part.get("properties", {}).items():
            if key != "global" or not path:
                yield (*path, key)
                yield from self._keys(body, (*path, key))
        if isinstance(part.get("additionalProperties"), dict):
            yield from self._keys(part["additionalProperties"], (*path, "NAME"))

    def _part(self, keys: Keys) -> dict[str, Any] | None:
        """The part of the schema for a key; None if it has none."""
        part = self.schema
        for key in keys:
            part = self._resolved(part)
            others = part.get("items" if isinstance(key, int) else "additionalProperties")
            below: Any = part.get("properties", {}).get(key, others)
            if not isinstance(below, dict):
                return None
            part = below
        return part

    def _resolved(self, part: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in part:
            part = self.schema["$defs"][part["$ref"].removeprefix("#/$defs/")]
        return part

    def _kinds(self, part: dict[str, Any]) -> set[str]:
        part = self._resolved(part)
        types = part.get("type", [])
        kinds = {KINDS.get(name, "a value") for name in (types if isinstance(types, list) else [types])}
        return kinds.union(*(self._kinds(branch) for branch in part.get("anyOf", ())))


def _kind(value: Any) -> str:
    return "a map" if isinstance(value, dict) else "a list" if isinstance(value, list) else "a value"
