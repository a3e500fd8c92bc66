"""Values of Open WebUI's variables that it does not know, or reads as something else."""

from collections.abc import Iterator
from dataclasses import replace

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.facts import flags_of
from ai_server.checks.subjects.forms import WANTED, fits
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.near import choice

ON = ("1", "yes", "on", "y", "t", "enabled", "enable")
OFF = ("", "false", "0", "no", "off", "n", "f", "none", "disabled", "disable")
"""Words that people mean as on and as off: Open WebUI only reads true as on."""
ENGINES = ("_ENGINE", "VECTOR_DB", "STORAGE_PROVIDER")
"""The ends of the names of variables that choose an engine."""


@rule("programs/unknown-engine")
def unknown_engine(view: RenderView) -> Iterator[Violation]:
    """Compares the variables that have a list of values with that list."""
    known = flags_of("openwebui")
    for page, name, value in _given(view):
        choices = known.choices.get(name, ())
        any_case = name in known.forms["anyCase"]
        if choices and value not in choices and not (any_case and value.lower() in map(str.lower, choices)):
            what = "no engine" if name.endswith(ENGINES) else "no such value:"
            fix = f"remove it, or use one of {', '.join(choices)}"
            violation = replace(_violation(page, name, f'has {what} "{value}"'), fix=fix)
            near = choice(value, choices)
            yield violation.use(near) if near else violation


@rule("programs/variable-form")
def variable_form(view: RenderView) -> Iterator[Violation]:
    """Looks at the variables that are switches, numbers and JSON."""
    forms = flags_of("openwebui").forms
    for page, name, value in _given(view):
        form = next((form for form in ("switch", "integer", "number", "json") if name in forms[form]), "")
        if form == "switch" and value.lower() not in ("true", *OFF):
            says = f'reads "{value}" as false: only true is on'
            yield _violation(page, name, says).use("true", certain=value.lower() in ON)
        elif form in ("integer", "number") and not fits(form, value):
            yield _violation(page, name, f'exits: "{value}" is not {WANTED[form]}')
        elif form == "json" and not fits(form, value):
            yield _violation(page, name, "ignores this value, because it is not valid JSON")


def _violation(page: ProgramContainer, name: str, says: str) -> Violation:
    return Violation(page.env_key(name), f"{page.version} {says}", severity=page.severity)


def _given(view: RenderView) -> Iterator[tuple[ProgramContainer, str, str]]:
    """The variables that the values set to a text, which refers to no other variable."""
    for page in programs(view, "openwebui"):
        for name, value in page.env.items():
            if isinstance(value, str) and value and "$(" not in value and view.given(*page.env_key(name)):
                yield page, name, value
