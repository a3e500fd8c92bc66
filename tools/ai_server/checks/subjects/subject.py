"""A rendered object or part, with the keys of the values that it comes from."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ai_server.checks.core.views import RenderView
from ai_server.reading.profiles import Keys


@dataclass(frozen=True)
class Subject(ABC):
    """A rendered object or part. A field is a path: resources, limits, memory; in a list, an item's index or name."""

    view: RenderView

    @property
    @abstractmethod
    def key(self) -> Keys:
        """The entry of its node, else its component."""

    @abstractmethod
    def keys(self, *field: str | int) -> Iterator[Keys]:
        """The keys of the values that a field may come from, nearest first."""

    def given(self, *field: str | int) -> Keys:
        """The nearest key of a field that the user's files set; () if they set none."""
        return next((keys for keys in self.keys(*field) if self.view.given(*keys)), ())

    def written(self, *field: str | int) -> Keys:
        """The nearest key of a field that the user's files set, else its entry or component."""
        return self.given(*field) or self.key

    def around(self, *field: str | int) -> Keys:
        """The nearest key that the user's files set for a field or a field around it, else its entry or component."""
        above = (self.given(*field[:length]) for length in range(len(field), 0, -1))
        return next((keys for keys in above if keys), self.key)

    def place(self, *field: str | int) -> Keys:
        """The nearest key of a field that the user's files set, else the one of which they set the most parts."""
        return self.nearest(list(self.keys(*field)))

    def nearest(self, keys: Sequence[Keys]) -> Keys:
        """The first of some keys that the user's files set, else the one of which they set the most parts."""
        given = (candidate for candidate in keys if self.view.given(*candidate))
        return next(given, ()) or min(keys, key=self._missing, default=self.key)

    def _missing(self, keys: Keys) -> int:
        """The number of parts of a key that the user's files do not set."""
        return next((count for count in range(len(keys)) if self.view.given(*keys[: len(keys) - count])), len(keys))
