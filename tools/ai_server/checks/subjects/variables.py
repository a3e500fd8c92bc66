"""The environment variables of a container."""

from collections.abc import Mapping
from typing import Any


class Variables(dict[str, Any]):
    """The variables of a container by name; more: envFrom may set others, whose names are not known."""

    def __init__(self, by_name: Mapping[str, Any] | None = None, *, more: bool = False) -> None:
        super().__init__(by_name or {})
        self.more = more
