"""The text of the values file: what YAML or Helm reads differently from how it looks."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from ai_server.checks.core.keypaths import leaves
from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import ValuesView
from ai_server.helm.render import chart_defaults

OCTAL = re.compile(r"[-+]?0[0-9_]+")
CLOCK = re.compile(r"[0-9]+(:[0-5]?[0-9])+(\.[0-9]*)?")
UNUSUAL = re.compile(r"[-+]?(0[xob][0-9a-fA-F_]+|[0-9][0-9_]*_[0-9_]*)")
GROUPED = re.compile(r"[-+]?[0-9]{1,3}(_[0-9]{3})+")
EXPONENT = re.compile(r"[0-9]{2,}e[0-9]{2,}")
"""Too large to be meant as a number: a hash of digits with a single e."""
PERMISSIONS = ("mode", "defaultMode")
"""File permissions are octal on purpose: defaultMode: 0440."""


@rule("values/duplicate-key")
def duplicate_key(view: ValuesView) -> Iterator[Violation]:
    """Reports each repeated key at its second occurrence."""
    for repeated in view.values.repeated:
        message = f"duplicate key (first on line {repeated.first.line}); Helm silently uses the last one"
        yield Violation(repeated.path, message, "merge the two into one", repeated.again)


@rule("values/two-documents")
def two_documents(view: ValuesView) -> Iterator[Violation]:
    """Reports the second YAML document of each file."""
    for document in view.values.documents:
        if document.second:
            message = "a second YAML document starts here: Helm 3 ignores it, Helm 4 merges it over the first"
            yield Violation((), message, "remove the line ---, or move the document to its own file", document.second)


@rule("values/yaml-surprise")
def yaml_surprise(view: ValuesView) -> Iterator[Violation]:
    """Looks at names and values of the right type that YAML reads differently; the schema reports other types."""
    yield from _changed_names(view)
    for keys, written in view.values.plain.items():
        value = view.get(*keys)
        if keys in view.pruned or value is None or keys[-1] in PERMISSIONS:
            continue
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if number and OCTAL.fullmatch(written):
            fix = f"use {written.lstrip('0') or 0}, without the zero"
            yield Violation(keys, f"YAML reads {written} as {value}", fix)
        elif isinstance(value, int | float) and _may_be_text(written) and keys[-1] not in _numbers():
            fix = f'use {value}, or "{written}" in quotes if it is text'
            yield Violation(keys, f"YAML reads {written} as {value}", fix, severity="warning")
        elif isinstance(value, str) and CLOCK.fullmatch(written):
            message = f"{written} is text to Helm, but a number to YAML 1.1 parsers"
            yield Violation(keys, message, f'put it in quotes: "{written}"', severity="warning")


def _changed_names(view: ValuesView) -> Iterator[Violation]:
    for document in view.values.documents:
        for keys, written in document.changed_names.items():
            if view.pruned.keys().isdisjoint(keys[:length] for length in range(1, len(keys) + 1)):
                quoted = Violation(keys, f"YAML reads the name {written} as {keys[-1]}").move((*keys[:-1], written))
                yield replace(quoted, fix=f'put it in quotes: "{written}"', place=document.places[keys])


@cache
def _numbers() -> frozenset[str]:
    """The names of the chart's keys that hold whole numbers."""
    return frozenset(str(keys[-1]) for keys, value in leaves(chart_defaults()) if type(value) is int)


def _may_be_text(written: str) -> bool:
    """Whether a number may have been meant as text; 1e-5 and 8_192 are clearly numbers."""
    return bool(UNUSUAL.fullmatch(written) or EXPONENT.fullmatch(written)) and not GROUPED.fullmatch(written)
