"""A value that YAML reads as something else."""

import re
from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "A value that YAML reads as something else",
    needs="values",
    why="Without quotes, `on` is true, 1.10 is 1.1, a Git hash of digits is a number, 010 is eight, and 12:30:45 is a"
    " number of seconds to some readers. What is meant as text belongs in quotes; a number is written plainly.",
    wrong="openwebui:\n  image: {tag: 1.10}",
    right='openwebui:\n  image: {tag: "v0.12.4"}',
)
OCTAL = re.compile(r"[-+]?0[0-9_]+")
CLOCK = re.compile(r"[0-9]+(:[0-5]?[0-9])+(\.[0-9]*)?")
UNUSUAL = re.compile(r"[-+]?(0[xob][0-9a-fA-F_]+|[0-9][0-9_]*_[0-9_]*)")
GROUPED = re.compile(r"[-+]?[0-9]{1,3}(_[0-9]{3})+")
EXPONENT = re.compile(r"[0-9]{2,}e[0-9]{2,}")
"""Too large for a number that people mean: a hash of digits that has one e."""


def check(context: Context) -> Iterator[Found]:
    """What the schema noticed, and what is of the right type but not what it looks like."""
    said = context.refused.get("values/yaml-surprise", [])
    yield from said
    told = {found.keys for found in said} | set(context.pruned)
    for path, written in context.values.plain.items():
        value = context.get(*path)
        # the permissions of a file are octal to everybody: defaultMode: 0440 means what it says
        if path in told or value is None or path[-1] in ("mode", "defaultMode"):
            continue
        if isinstance(value, int | float) and not isinstance(value, bool) and OCTAL.fullmatch(written):
            yield Found(path, f"YAML reads {written} as {value}", f"write {written.lstrip('0') or 0}, without the zero")
        elif isinstance(value, int | float) and _looks_else(written):
            fix = f'write {value}, or "{written}" in quotes if it is text'
            yield Found(path, f"YAML reads {written} as {value}", fix, severity="warning")
        elif isinstance(value, str) and CLOCK.fullmatch(written):
            message = f"{written} is text to Helm, and a number to readers of YAML 1.1"
            yield Found(path, message, f'put it in quotes: "{written}"', severity="warning")


def _looks_else(written: str) -> bool:
    """Whether a number may have been meant as a text: 1e-5 and 8_192 are what they look like."""
    return bool(UNUSUAL.fullmatch(written) or EXPONENT.fullmatch(written)) and not GROUPED.fullmatch(written)
