"""Something rendered, and the way back to the values that it is made of."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

from ai_server.checks.engine.views import RenderView
from ai_server.reading.profiles import Keys


@dataclass(frozen=True)
class Subject(ABC):
    """Something rendered. A field is its path: resources, limits, memory; of a list, an item's place or name."""

    view: RenderView

    @property
    @abstractmethod
    def key(self) -> Keys:
        """The entry of its node, else its component: where its settings begin."""

    @abstractmethod
    def keys(self, *field: str | int) -> Iterator[Keys]:
        """The keys of the values that a field may come from, nearest first."""

    def given(self, *field: str | int) -> Keys:
        """The nearest key of a field that the user's files give; () where they give none."""
        return next((keys for keys in self.keys(*field) if self.view.given(*keys)), ())

    def written(self, *field: str | int) -> Keys:
        """The nearest key of a field that the user's files give, else its entry or component."""
        return self.given(*field) or self.key

    def around(self, *field: str | int) -> Keys:
        """The nearest key that the user's files give of a field or of what it is in, else its entry or component."""
        above = (self.given(*field[:length]) for length in range(len(field), 0, -1))
        return next((keys for keys in above if keys), self.key)

    def place(self, *field: str | int) -> Keys:
        """The nearest key of a field that the user's files give, else the one that they come nearest to."""
        return self.given(*field) or min(self.keys(*field), key=self._missing, default=self.key)

    def _missing(self, keys: Keys) -> int:
        """How many parts of a key the user's files do not give."""
        return next((count for count in range(len(keys)) if self.view.given(*keys[: len(keys) - count])), len(keys))
