"""The text of the values file: what YAML or Helm reads otherwise than it looks."""

import re
from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import ValuesView

OCTAL = re.compile(r"[-+]?0[0-9_]+")
CLOCK = re.compile(r"[0-9]+(:[0-5]?[0-9])+(\.[0-9]*)?")
UNUSUAL = re.compile(r"[-+]?(0[xob][0-9a-fA-F_]+|[0-9][0-9_]*_[0-9_]*)")
GROUPED = re.compile(r"[-+]?[0-9]{1,3}(_[0-9]{3})+")
EXPONENT = re.compile(r"[0-9]{2,}e[0-9]{2,}")
"""Too large for a number that people mean: a hash of digits that has one e."""
PERMISSIONS = ("mode", "defaultMode")
"""The permissions of a file are octal to everybody: defaultMode: 0440 means what it says."""


@rule("values/duplicate-key")
def duplicate_key(view: ValuesView) -> Iterator[Violation]:
    """A finding for each repeated key, at its second place."""
    for twice in view.values.repeated:
        first = f"first in line {twice.first.line}"
        message = f"the key is there twice, {first}; Helm would take the second and say nothing"
        yield Violation(twice.path, message, "keep one of the two, with the keys of both", twice.again)


@rule("values/two-documents")
def two_documents(view: ValuesView) -> Iterator[Violation]:
    """A finding at each file's second YAML document."""
    for document in view.values.documents:
        if document.second:
            message = "a second YAML document begins here: Helm 3 ignores it, Helm 4 lays it over the first"
            yield Violation((), message, "take the line --- out, or write a file of its own for it", document.second)


@rule("values/yaml-surprise")
def yaml_surprise(view: ValuesView) -> Iterator[Violation]:
    """A finding for each value that is of the right type and not what it looks like; the schema reports the others."""
    refused = view.refused.get("values/yaml-surprise", [])
    yield from refused
    reported = {violation.keys for violation in refused} | set(view.pruned)
    for keys, written in view.values.plain.items():
        value = view.get(*keys)
        if keys in reported or value is None or keys[-1] in PERMISSIONS:
            continue
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if number and OCTAL.fullmatch(written):
            fix = f"write {written.lstrip('0') or 0}, without the zero"
            yield Violation(keys, f"YAML reads {written} as {value}", fix)
        elif isinstance(value, int | float) and _may_be_text(written):
            fix = f'write {value}, or "{written}" in quotes if it is text'
            yield Violation(keys, f"YAML reads {written} as {value}", fix, severity="warning")
        elif isinstance(value, str) and CLOCK.fullmatch(written):
            message = f"{written} is text to Helm, and a number to readers of YAML 1.1"
            yield Violation(keys, message, f'put it in quotes: "{written}"', severity="warning")


def _may_be_text(written: str) -> bool:
    """Whether a number may have been meant as a text: 1e-5 and 8_192 are what they look like."""
    return bool(UNUSUAL.fullmatch(written) or EXPONENT.fullmatch(written)) and not GROUPED.fullmatch(written)
