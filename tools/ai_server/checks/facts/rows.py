"""The tables of programs: what a flag, a variable or a setting does to a release, a row each.

A row looks at something:
  flag, env, setting   a name or several: --tools; VLLM_PORT or *_BASE_URL; a key of the program's section, such as
                       healthPath or routerSettings.routing_strategy
  models               true: at the flags of llama-server's models as well; only: at those alone
It applies if all of these hold:
  any_of, none_of      the value is one of these, or none of them
  above                the value is a number above this
  pattern              the value contains this regular expression
  absent               the variable is missing or empty
  unmounted            the value contains a full path that the container does not have
  given                the user's values set it, to any value
  when, unless         these flags, variables or settings are all set, or none is; or a map of names to values ([]: any)
  unless_given         the user's values set none of these variables, which the chart may set itself
  image                the image's name matches this pattern, such as "*/vllm/vllm-openai:*"
  exposed              an Ingress or an open Service exposes the program
  since, before        the build of llama.cpp is at least, or below, this number; a warning where the build is assumed
  programs             the program is one of these; in shared.yaml only
  component            the container belongs to this component: rocm, thor, gpu, litellm or openwebui
  accelerator          llama.cpp computes on one of these at the node
Without a condition on its value, a variable or a setting counts unless it is off: "", 0, false, no, off or none.
It reports:
  rule                 the rule, which has a page
  says                 the rest of the message after the name; or message: the complete text
  fix, severity        if they differ from the page's
  change               the fix as an edit of its key, "remove it" or "use VALUE", in its words if there is no other fix
Texts may hold {name} as written, {flag} in its main spelling, {value}, {program}, {build} of llama.cpp such as b11434,
{key} (the last part of the key), {choices} (any_of or none_of), and settings such as {resources.limits.memory}.
"""

import re
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from ai_server.checks.core.model import Severity
from ai_server.checks.facts import table
from ai_server.errors import UserError
from ai_server.reading.yamlfile import places_of_items

PROGRAMS = ("llama-server", "vllm", "comfyui", "speaches", "litellm", "openwebui")
OFF = ("", "0", "false", "no", "off", "none")
SWITCHES = ("true", "false", "yes", "no", "on", "off", "none")
"""Words that programs read in upper and lower case."""
LISTS = ("flag", "env", "setting", "any_of", "none_of", "accelerator", "unless_given", "programs")


class BadRow(UserError):
    """A row that does not have the form above."""


@dataclass(frozen=True)
class Row:
    """A row of a table; see above."""

    rule: str
    flag: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    setting: tuple[str, ...] = ()
    models: bool | str = False
    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    above: int | None = None
    pattern: str = ""
    absent: bool = False
    unmounted: bool = False
    given: bool = False
    when: Any = ()
    unless: Any = ()
    unless_given: tuple[str, ...] = ()
    image: str = ""
    exposed: bool = False
    component: str = ""
    accelerator: tuple[str, ...] = ()
    since: int = 0
    before: int = 0
    programs: tuple[str, ...] = ()
    says: str = ""
    message: str = ""
    fix: str = ""
    change: str = ""
    severity: Severity | None = None

    @property
    def text(self) -> str:
        """The message, with placeholders in braces."""
        return self.message or f"{{name}} {self.says}"

    @property
    def of_builds(self) -> bool:
        """Whether it is only about some builds of llama.cpp."""
        return bool(self.since or self.before)

    def counts(self, value: Any, flag: str = "") -> bool:
        """Whether a value of a flag, or of a variable or setting, is one that the row is about."""
        seen = text(value)
        if self.above is not None:
            return seen.isdecimal() and int(seen) > self.above
        if self.pattern:
            return bool(re.search(self.pattern, seen))
        if self.any_of or self.none_of:
            return among(value, self.any_of) if self.any_of else not among(value, self.none_of)
        return bool(flag) or self.absent or self.given or not is_off(value)


KNOWN = {field.name for field in fields(Row)}
SHAPES = {field.name: field.type for field in fields(Row) if field.type in (str, bool)} | {"above": int}


def read_row(written: Any) -> Row:
    """A row of a file; BadRow for an invalid one."""
    if not isinstance(written, dict):
        raise BadRow(f"a row is a map of fields: {written}")
    if unknown := written.keys() - KNOWN:
        raise BadRow(f"{', '.join(sorted(unknown))} is not a field of a row: {written}")
    if "rule" not in written or bool(written.get("says")) == bool(written.get("message")):
        raise BadRow(f"a row needs a rule, and either says or message: {written}")
    if not written.keys() & {"flag", "env", "setting"}:
        raise BadRow(f"a row needs a flag, an env or a setting: {written}")
    if wrong := [name for name, shape in SHAPES.items() if not isinstance(written.get(name, shape()), shape)]:
        raise BadRow(f"{', '.join(wrong)} has the wrong type: {written}")
    return Row(**written | {key: texts(written[key]) for key in LISTS if key in written})


def texts(value: Any) -> tuple[str, ...]:
    """One value or several as programs read them: true, 0."""
    return tuple(map(text, value if isinstance(value, list) else [value]))


def text(value: Any) -> str:
    """A value as a program reads it."""
    return str(value).lower() if isinstance(value, bool) else str(value).strip()


def among(value: Any, words: tuple[str, ...]) -> bool:
    """Whether a value is one of some words, ignoring the case of switches."""
    seen = text(value)
    return (seen.lower() if seen.lower() in SWITCHES else seen) in words


def is_off(value: Any) -> bool:
    """Whether the value of a variable or a setting turns it off."""
    return among(value, OFF)


def read_table(name: str) -> list[Row]:
    """The rows of a file; BadRow, with the place, for an invalid one."""
    read = []
    for number, written in enumerate(table(name)):
        try:
            read.append(read_row(written))
        except BadRow as error:
            place = [place for _, place in places_of_items(Path(__file__).with_name(f"{name}.yaml"))][number]
            raise BadRow(f"{place}: {error.message}") from None
    return read


@cache
def rows() -> dict[str, dict[str, list[Row]]]:
    """All rows by their rule, and by the program that each is about."""
    by_rule: dict[str, dict[str, list[Row]]] = {}
    for name in (*PROGRAMS, "shared"):
        for row in read_table(name):
            for program in [name] if name in PROGRAMS else row.programs or PROGRAMS:
                by_rule.setdefault(row.rule, {}).setdefault(program, []).append(row)
    return by_rule


@cache
def of_some_builds() -> frozenset[str]:
    """The flags and variables that only some builds of llama.cpp know."""
    return frozenset(name for row in read_table("llama-server") if row.of_builds for name in (*row.flag, *row.env))
