"""What the chart's own validation rejects: rule, key and arguments as data, and the sentences of its messages.yaml."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ai_server.paths import CHART
from ai_server.reading.profiles import Keys
from ai_server.reading.yamlfile import read_values

KIND = "Refusals"
PRINTED = f"""apiVersion: ai-server/v1
kind: {KIND}
metadata: {{name: refusals}}
refusals: {{{{ include "validation.refused" . }}}}
"""
"""The template that prints what is rejected, where the chart's validate.yaml fails with it."""
ARGUMENT = re.compile(r'("?)\$([a-z]+)\1')
"""$name or "$name" in a sentence."""


@dataclass(frozen=True)
class Refusal:
    """A value that the chart rejects: the rule's id, the key to change, and the arguments of its sentence."""

    rule: str
    variant: str
    keys: Keys
    arguments: Mapping[str, Any]

    @classmethod
    def read(cls, printed: Mapping[str, Any]) -> "Refusal":
        """An item of the list that validation.refused prints."""
        arguments = printed.get("args") or {}
        return cls(printed["rule"], printed.get("variant") or "", tuple(printed["key"]), arguments)

    @property
    def message(self) -> str:
        """The error message."""
        return self._filled("message")

    @property
    def fix(self) -> str:
        """The fix."""
        return self._filled("fix")

    @property
    def about(self) -> frozenset[str]:
        """The keys of the entry at its key that would change it."""
        return frozenset(sentences()[self.rule].get("about") or [])

    def _filled(self, part: str) -> str:
        sentence = sentences()[self.rule]
        text: str = (sentence[self.variant] if self.variant else sentence)[part]
        return ARGUMENT.sub(lambda argument: self._argument(argument[2], quoted=bool(argument[1])), text)

    def _argument(self, name: str, *, quoted: bool) -> str:
        value = self.arguments[name]
        text = ", ".join(value) or "none" if isinstance(value, list) else str(value)
        return json.dumps(text, ensure_ascii=False) if quoted else text


@cache
def sentences() -> dict[str, Any]:
    """The chart's sentences by rule, and by variant where a rule has several."""
    return read_values(CHART / "files" / "messages.yaml").values
