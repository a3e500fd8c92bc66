"""With other sentences, the schema's findings have the same rules, keys and lines."""

from dataclasses import replace
from inspect import get_annotations, getmembers, isfunction
from typing import Any

import pytest

from ai_server.checks.core.model import Violation
from ai_server.checks.core.views import ValuesView
from ai_server.checks.engine import fixes, schema, schema_words, unknown_keys
from ai_server.paths import REPOSITORY
from ai_server.reading import profiles, wording
from ai_server.reading.textfile import NotYaml

TESTS = REPOSITORY / "tests"
FILES = sorted(TESTS.glob("mistakes/**/*.yaml"))
Found = tuple[str, profiles.Keys, profiles.Keys | None, int]


def found_in(file: Any) -> set[Found]:
    """What the schema rejects in a file: the rule, the key, the key that was meant, and the line."""
    try:
        view = ValuesView(profiles.load([TESTS / "tools" / "checks" / "base.yaml", file]))
    except NotYaml:
        return set()
    schema.look(view)
    return {
        (rule, violation.keys, violation.meant, view.values.place(violation.keys).line)
        for rule, violations in view.refused.items()
        for violation in violations
    }


def garbled(*_: Any) -> str:
    return "?"


def garbled_violation(*arguments: Any, **more: Any) -> Violation:
    return replace(Violation(*arguments, **more), message="?", fix="?")


def garble(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replaces each sentence: those of wording and fixes, where they are used, and those of violations."""
    for module in (wording, fixes, schema_words, unknown_keys):
        for name, function in getmembers(module, isfunction):
            if function.__module__ in (wording.__name__, fixes.__name__) and get_annotations(function)["return"] is str:
                monkeypatch.setattr(module, name, garbled)
    for module in (schema, schema_words, unknown_keys):
        monkeypatch.setattr(module, "Violation", garbled_violation)


def test_the_findings_of_the_schema_do_not_depend_on_words(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {file.name: found_in(file) for file in FILES}
    garble(monkeypatch)
    after = {file.name: found_in(file) for file in FILES}
    assert sum(map(len, before.values())) > 50
    assert after == before


def test_garbling_reaches_the_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    garble(monkeypatch)
    assert {schema_words.describe(None), fixes.describe(None), fixes._in_range(1, 2), wording.seen(1)} == {"?"}
