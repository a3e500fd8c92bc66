"""Values that a program rejects although its help does not say so: the bounds and forms of flag_limits.yaml."""

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from ai_server.checks.facts import flags_of, table

MOST_OF_STOI = 2**31 - 1
LEADING = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)")
"""The number at the start of a text, which is all that llama-server reads."""


@dataclass(frozen=True)
class Limits:
    """The bounds of a flag's number, or the form of its text."""

    least: float | None = None
    most: float | None = None
    above: float | None = None
    below: float | None = None
    never: tuple[float, ...] = ()
    object: bool = False
    form: str = ""
    wanted: str = ""

    def wants(self, value: str) -> str:
        """What the flag accepts, for a value outside of its limits; "" for another value."""
        if self.object:
            return "" if _is_object(value) else "a JSON object such as {}"
        if self.form:
            return "" if re.fullmatch(self.form, value, re.DOTALL) else self.wanted
        number = LEADING.match(value)
        return "" if not number or self._holds(float(number[0])) else self.bounds

    def _holds(self, number: float) -> bool:
        return (
            (self.least is None or number >= self.least)
            and (self.most is None or number <= self.most)
            and (self.above is None or number > self.above)
            and (self.below is None or number < self.below)
            and number not in self.never
        )

    @property
    def bounds(self) -> str:
        """The numbers that the flag accepts, in words."""
        parts = [
            f"{word} {bound:g}" if abs(bound) < 10**6 else f"{word} {bound:.0f}"
            for word, bound in (
                ("of at least", self.least),
                ("above", self.above),
                ("of at most", self.most),
                ("below", self.below),
            )
            if bound is not None
        ]
        never = "".join(f", but not {number:g}" for number in self.never)
        return f"a number {' and '.join(parts)}{never}" if parts else f"a number{never}"


def _is_object(value: str) -> bool:
    try:
        return isinstance(json.loads(value), dict)
    except ValueError:
        return False


@cache
def limits_of(program: str) -> dict[str, Limits]:
    """The limits of a program's flags, by the flag's main spelling."""
    written: dict[str, Any] = table("flag_limits").get(program, {})
    fields: dict[str, dict[str, Any]] = {}
    for bound in ("least", "most", "above", "below"):
        for number, flags in written.get(bound, {}).items():
            for flag in flags:
                fields.setdefault(flag, {})[bound] = float(number)
    for number, flags in written.get("never", {}).items():
        for flag in flags:
            fields.setdefault(flag, {})["never"] = (float(number),)
    for flag in written.get("object", ()):
        fields[flag] = {"object": True}
    for row in written.get("texts", ()):
        for flag in row["flags"]:
            fields[flag] = {"form": row["form"], "wanted": row["wanted"]}
    for name, known in flags_of(program).known.items():
        if "decimals" in written and known.form == "number" and name not in written["decimals"]:
            fields.setdefault(name, {}).setdefault("most", float(MOST_OF_STOI))
    return {flag: Limits(**about) for flag, about in fields.items()}
