"""A value that YAML reads as something else."""

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


@rule("values/yaml-surprise")
def check(view: ValuesView) -> Iterator[Violation]:
    """What the schema noticed, and what is of the right type but not what it looks like."""
    said = view.refused.get("values/yaml-surprise", [])
    yield from said
    told = {found.keys for found in said} | set(view.pruned)
    for path, written in view.values.plain.items():
        value = view.get(*path)
        # the permissions of a file are octal to everybody: defaultMode: 0440 means what it says
        if path in told or value is None or path[-1] in ("mode", "defaultMode"):
            continue
        if isinstance(value, int | float) and not isinstance(value, bool) and OCTAL.fullmatch(written):
            yield Violation(
                path, f"YAML reads {written} as {value}", f"write {written.lstrip('0') or 0}, without the zero"
            )
        elif isinstance(value, int | float) and _looks_else(written):
            fix = f'write {value}, or "{written}" in quotes if it is text'
            yield Violation(path, f"YAML reads {written} as {value}", fix, severity="warning")
        elif isinstance(value, str) and CLOCK.fullmatch(written):
            message = f"{written} is text to Helm, and a number to readers of YAML 1.1"
            yield Violation(path, message, f'put it in quotes: "{written}"', severity="warning")


def _looks_else(written: str) -> bool:
    """Whether a number may have been meant as a text: 1e-5 and 8_192 are what they look like."""
    return bool(UNUSUAL.fullmatch(written) or EXPONENT.fullmatch(written)) and not GROUPED.fullmatch(written)
