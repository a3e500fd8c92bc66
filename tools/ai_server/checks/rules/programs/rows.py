"""The rules that are rows of the programs' tables; facts/rows.py describes a row."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import filter as matching
from fnmatch import fnmatchcase
from math import inf
from typing import Any

from ai_server.checks.core.model import Severity, Violation
from ai_server.checks.core.registry import rule_of_rows
from ai_server.checks.core.views import RenderView
from ai_server.checks.facts.rows import Row, among, rows, text, texts
from ai_server.checks.subjects.mounted import unmounted
from ai_server.checks.subjects.presets import presets_of
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.reading.profiles import Keys

VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")


@dataclass(frozen=True)
class Occurrence:
    """A flag, variable or setting as written, with its value and its key; flag: the main spelling; items: as of a
    violation."""

    name: str
    value: Any
    keys: Keys
    flag: str = ""
    items: int = 1


def _register(rule: str, by_program: dict[str, list[Row]]) -> None:
    @rule_of_rows(rule)
    def check(view: RenderView) -> Iterator[Violation]:
        for server in programs(view):
            for row in by_program.get(server.program, ()):
                for occurrence in _occurrences(server, row):
                    given = not row.given or view.given(*occurrence.keys)
                    counts = row.counts(occurrence.value, flag=occurrence.flag)
                    missing = not row.unmounted or unmounted(server, occurrence.value)
                    if counts and missing and given and _holds(server, row):
                        yield _violation(server, row, occurrence)


for _rule, _by_program in rows().items():
    _register(_rule, _by_program)


def _holds(server: ProgramContainer, row: Row) -> bool:
    """Whether the conditions of a row hold for a container, apart from the one on the value."""
    return (
        fnmatchcase(str(server.container.get("image")), row.image or "*")
        and (not row.exposed or server.exposed)
        and row.component in ("", server.key[0])
        and (not row.accelerator or server.accelerator in row.accelerator)
        and row.since <= server.build < (row.before or inf)
        and all(_conditions(server, row.when))
        and not any(_conditions(server, row.unless, unknown=server.env.more))
        and not any(server.env.get(name) and server.view.given(*server.env_key(name)) for name in row.unless_given)
    )


def _conditions(server: ProgramContainer, names: Any, *, unknown: bool = False) -> Iterator[bool]:
    """Whether each of these flags, variables and settings is set, or has one of the listed values; unknown: for a
    variable that envFrom may set.
    """
    for name in [names] if isinstance(names, str) else names:
        values = texts(names[name]) if isinstance(names, dict) else ()
        if name.startswith("-"):
            given = [argument.values[0] if argument.values else True for argument in server.by_flag.get(name, ())]
            yield any(among(value, values) if values else value not in ("", "None") for value in given)
        elif VARIABLE.fullmatch(name) and name not in server.env:
            yield unknown
        else:
            value = server.env.get(name) if VARIABLE.fullmatch(name) else _setting(server, name)
            yield among(value, values) if values else bool(value)


def _setting(server: ProgramContainer, name: str) -> Any:
    """The value of a setting in the program's section, or next to that section in its node."""
    value = server.value(*name.split("."))
    return server.view.effective(server.key, *name.split(".")) if value is None else value


def _occurrences(server: ProgramContainer, row: Row) -> Iterator[Occurrence]:
    """Every flag, variable and setting that a row is about, whatever its value."""
    for flag in row.flag:
        of_models = [
            Occurrence(f"--{name}", preset.flags[name], keys, flag)
            for preset in (presets_of(server) if row.models else ())
            for name in preset.by_flag.get(flag, ())
            if not _opposite(f"--{name}", flag) and (keys := preset.key(name)) != preset.entry
        ]
        yield from of_models
        for argument in server.by_flag.get(flag, ()) if row.models != "only" else ():
            # without a router, the flags of the only model are on the command line as well
            if not _opposite(argument.flag, flag) and (server.extra_key(argument) or not of_models):
                value = ",".join(argument.values if row.unmounted else argument.values[:1])
                yield Occurrence(argument.flag, value, server.argument_key(argument), flag, argument.items)
    for pattern in row.env:
        names = matching(server.env, pattern) if "*" in pattern else [pattern] if pattern in server.env else []
        if row.absent:
            set_elsewhere = server.env.more and pattern not in server.env
            names = [] if server.env.get(pattern) or set_elsewhere else [pattern]
        for name in names:
            yield Occurrence(name, server.env.get(name, ""), server.env_key(name))
    for setting in row.setting:
        path = setting.split(".")
        if (value := server.value(*path)) is not None:
            yield Occurrence(path[-1], value, server.setting(*path))


def _opposite(written: str, flag: str) -> bool:
    return written.startswith("--no-") and not flag.startswith("--no-")


def _violation(server: ProgramContainer, row: Row, occurrence: Occurrence) -> Violation:
    parts = {
        "name": occurrence.name,
        "flag": occurrence.flag,
        "value": text(occurrence.value),
        "program": server.program,
        "build": server.build_name,
        "key": str(occurrence.keys[-1]),
        "choices": ", ".join(row.any_of or row.none_of),
    }

    def filled(words: str) -> str:
        return re.sub(r"{([\w.]+)}", lambda part: str(parts.get(part[1], server.value(*part[1].split(".")))), words)

    guessed: Severity | None = "warning" if row.of_builds and not server.build_known else None
    severity = row.severity or guessed
    violation = Violation(occurrence.keys, filled(row.text), severity=severity, items=occurrence.items)
    change = filled(row.change)
    return replace(violation, fix=filled(row.fix) or change, changes=violation.changed(change) if change else ())
