"""Files that are not values of the chart: Kubernetes objects, configurations of programs, values of other charts."""

import re
from collections.abc import Iterator
from typing import Any

from ai_server.checks import facts
from ai_server.checks.core.keypaths import leaves
from ai_server.checks.core.model import Violation
from ai_server.checks.core.secrets import Mask
from ai_server.checks.core.views import ValuesView
from ai_server.checks.engine import other_values
from ai_server.reading.edit import Change
from ai_server.reading.oddtext import odd_spaces, with_spaces
from ai_server.reading.profiles import Keys
from ai_server.reading.textfile import NotYaml, Place
from ai_server.reading.yamlfile import Document
from ai_server.reading.yamlsigns import odd_cause

RULE = "values/foreign-file"
ODD = "values/odd-character"
ONLY_VALUES = "put only the values into a file of their own, and check that"
EMPTY = re.compile(r"\s*([#;]|$)")
"""A line without content, in most kinds of files."""
SPACES = (Change("spaces", ()),)


def look(view: ValuesView) -> list[str]:
    """Refuses each file that holds something else; the rules in whose name: nothing else is worth a finding then."""
    secrets = [secret.keys for secret, _ in view.secrets]
    for document in view.values.documents:
        if spaces := list(odd_spaces(document.lines)):
            cause = odd_cause(spaces)
            place = document.place(cause.line, cause.column)
            view.refuse(ODD, Violation((), cause.message, cause.hint, place, changes=SPACES))
            continue
        for rule, violation in _foreign(document, secrets):
            view.refuse(rule, violation)
    return list(view.refused)


def of_text(error: NotYaml) -> tuple[str, Violation]:
    """The rule and the violation for a file that is not YAML, or has no keys."""
    text = "\n".join(error.lines)
    start = next((number for number, line in enumerate(error.lines, start=1) if not EMPTY.match(line)), 1)
    row = next((row for row in facts.table("foreign_files")["texts"] if re.search(row["form"], text)), None)
    if row:
        return RULE, Violation(
            (), f"the file is {row['is']}, not values of the chart", row["fix"], Place(error.place.file, start, 1)
        )
    rule = ODD if error.odd else "values/tab" if error.tab else "values/not-yaml"
    changes = SPACES if rule != "values/not-yaml" and with_spaces(text) != text else ()
    fix = Mask().hint(error.hint, error.line)
    return rule, Violation((), error.problem, fix, error.place, changes=changes)


def _foreign(document: Document, secrets: list[Keys]) -> Iterator[tuple[str, Violation]]:
    values = document.values
    kind = values.get("kind")
    ours = other_values.ours() & values.keys()
    if "sops" in values and any(_encrypted(value) for _, value in leaves(values)):
        message = "the file is encrypted by sops: Helm would see its ENC[...] texts as values"
        fix = "decrypt it first: sops --decrypt FILE > my.yaml"
        yield RULE, Violation(("sops",), message, fix, document.places["sops",])
    elif "apiVersion" in values and isinstance(kind, str):
        row = facts.table("foreign_files")["kinds"].get(kind, {})
        what = row.get("is", f"a Kubernetes object (kind: {kind}), not values of the chart")
        yield RULE, Violation(("kind",), f"the file is {what}", ONLY_VALUES, document.places["kind",])
    elif name := other_values.name_of(values):
        yield from other_values.violations(document, name, secrets)
    elif not ours:
        yield from ((RULE, violation) for violation in _by_keys(document))


def _by_keys(document: Document) -> Iterator[Violation]:
    """What a file without any section of ours is, by its keys."""
    values, table = document.values, facts.table("foreign_files")
    for level, about in table["levels"].items():
        below, certain = values.get(level), about.get("certain", False)
        if isinstance(below, dict) and (other_values.ours() - {"global"}) & below.keys():
            moves = [Change("move", (level, key), to=(key,), certain=certain) for key in below]
            changes = (*moves, Change("remove", (level,), certain=certain))
            message = f"the values are below {level}, as in {about['of']}, and have no effect there"
            fix = f"{'' if certain else 'perhaps '}move what is below {level} to the first column"
            yield Violation((level,), message, fix, document.places[level,], changes=changes)
            return
    for row in table["keys"]:
        if all(_has(values, key.split(".")) for key in row["has"]):
            at = row.get("at") or row["has"][0]
            message = f"the file is {row['is']}, not values of the chart"
            yield Violation((at,), message, row["fix"], document.places[at,])
            return


def _has(values: Any, keys: list[str]) -> bool:
    """Whether values have a key, in which * stands for any name."""
    if not keys:
        return True
    if not isinstance(values, dict):
        return False
    below = values.values() if keys[0] == "*" else [values[keys[0]]] if keys[0] in values else []
    return any(_has(value, keys[1:]) for value in below)


def _encrypted(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("ENC[")
