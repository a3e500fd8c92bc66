"""The environment variables of a container, and references to them in its command line."""

import re
from collections.abc import Mapping
from typing import Any

REFERENCE = re.compile(r"\$\$|\$\(([^)]*)\)")
"""$(NAME) in args, which Kubernetes replaces; $$ is a $ that starts no reference."""


class Variables(dict[str, Any]):
    """The variables of a container by name; more: envFrom may set others, whose names are not known."""

    def __init__(self, by_name: Mapping[str, Any] | None = None, *, more: bool = False) -> None:
        super().__init__(by_name or {})
        self.more = more

    def expanded(self, text: str) -> str:
        """A text of args with the variables whose values are known; like Kubernetes, it keeps the other references."""

        def value(reference: re.Match[str]) -> str:
            known = "$" if reference[0] == "$$" else self.get(reference[1])
            return known if isinstance(known, str) else reference[0]

        return REFERENCE.sub(value, text)

    def hides(self, text: str) -> bool:
        """Whether a text that was expanded has a reference whose value only the cluster knows."""
        names = [reference[1] for reference in REFERENCE.finditer(text) if reference[1]]
        return any(name in self or self.more for name in names)
