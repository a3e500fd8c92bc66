"""Other ways to write the same values, and other values that are equally valid."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import yaml

from ai_server.helm.render import chart_defaults
from tests.at import at
from tests.mutation.operators import refused, silent
from tests.mutation.subject import Mutant, Subject, yaml_text
from tests.schema_paths import declared, dotted, nodes, schemas

LARGER = (
    "startupSeconds", "progressDeadlineSeconds", "stopTimeoutSeconds", "timeoutSeconds", "cooldownSeconds",
    "intervalSeconds", "terminationGracePeriodSeconds", "generationTimeoutSeconds", "numRetries", "steps", "allowedFails",
)  # fmt: skip
"""Numbers for which any other is equally valid, and texts with another valid one."""
OTHERS = {
    "url": "http://other.example.lan",
    "pullPolicy": "IfNotPresent",
    "ttsVoice": "bf_emma",
    "routingStrategy": "least-busy",
    "file": "gguf/another.gguf",
    "name": None,
}


@silent
def keys_in_another_order(subject: Subject) -> Iterator[Mutant]:
    """Each map in reverse order."""
    for index, path, value in subject.places():
        if isinstance(value, dict) and len(value) > 1:
            turned = dict(reversed(value.items()))
            yield subject.with_document(index, at(path, turned, within=subject.documents[index]), dotted(path))


@silent
def comment_on_a_line(subject: Subject) -> Iterator[Mutant]:
    """A comment after each line, and above it."""
    for index, text in enumerate(subject.texts):
        lines = text.splitlines()
        # a text of several lines has no comments
        scalars = (token for token in yaml.scan(text) if isinstance(token, yaml.ScalarToken))
        inside = {line for token in scalars for line in range(token.start_mark.line, token.end_mark.line)}
        for number, line in enumerate(lines):
            if number in inside or number - 1 in inside:
                continue
            made = [*lines[:number], f"# above {number}", f"{line}  # after: {{x}}", *lines[number + 1 :]]
            yield subject.with_text(index, "\n".join(made) + "\n", f"line {number + 1}")


@silent
def text_in_quotes(subject: Subject) -> Iterator[Mutant]:
    """Each string in double and in single quotes."""
    for index, path, value in subject.places():
        if isinstance(value, str):
            for style in "\"'":
                quoted = partial(_quoted, subject.documents[index], path, style)
                yield subject.with_text(index, quoted, f"{dotted(path)} {style}")


@silent
def written_as_json(subject: Subject) -> Iterator[Mutant]:
    """The entire file in flow style."""
    for index, document in enumerate(subject.documents):
        yield subject.with_text(index, yaml.safe_dump(document, default_flow_style=True, sort_keys=False), "flow")


@silent
def default_written_out(subject: Subject) -> Iterator[Mutant]:
    """Each of the chart's defaults that the file does not set, set to its default."""
    last = len(subject.texts) - 1
    for path, value in nodes(chart_defaults()):
        inside_a_list = any(isinstance(key, int) for key in path)
        if path and not isinstance(value, dict) and not inside_a_list and not _has(subject.values, path):
            yield subject.with_document(last, at(path, value, within=subject.documents[last]), dotted(path))


@silent
def another_number(subject: Subject) -> Iterator[Mutant]:
    """One more, for each number that may have any value."""
    for index, path, value in subject.places():
        if path[-1] in LARGER and isinstance(value, int):
            yield subject.with_values(index, path, value + 1)


@silent
def another_text(subject: Subject) -> Iterator[Mutant]:
    """Another address, file or voice."""
    for index, path, value in subject.places():
        other = OTHERS.get(str(path[-1]))
        if other and isinstance(value, str) and value and declared(path):
            yield subject.with_values(index, path, other)


@refused
def tab_for_an_indentation(subject: Subject) -> Iterator[Mutant]:
    """A line that begins with a tab."""
    for index, text in enumerate(subject.texts):
        lines = text.splitlines()
        for number, line in enumerate(lines):
            bare = line.lstrip(" ")
            if bare != line and not bare.startswith(("#", "}", "]")):
                made = [*lines[:number], "\t" + bare, *lines[number + 1 :]]
                yield subject.with_text(index, "\n".join(made) + "\n", f"line {number + 1}")


@refused
def number_in_quotes(subject: Subject) -> Iterator[Mutant]:
    """A number or boolean that the schema requires as such."""
    for index, path, value in subject.places():
        if isinstance(value, int | float) and schemas(path) and not _takes_text(path):
            yield subject.with_values(index, path, str(value).lower())


def _takes_text(path: tuple[str | int, ...]) -> bool:
    return any("string" in _types(node) or (not _types(node) and "anyOf" not in node) for node in schemas(path))


def _types(node: dict[str, Any]) -> list[str]:
    types = node.get("type", [])
    return types if isinstance(types, list) else [types]


def _quoted(document: Any, path: tuple[str | int, ...], style: str) -> str:
    root = yaml.compose(yaml_text(document), Loader=yaml.CSafeLoader)
    node: Any = root
    for key in path:
        node = node.value[key] if isinstance(key, int) else next(v for k, v in node.value if k.value == key)
    node.style = style
    return str(yaml.serialize(root, Dumper=yaml.CSafeDumper))


def _has(values: Any, path: tuple[str | int, ...]) -> bool:
    for key in path:
        if not isinstance(values, dict) or key not in values:
            return not isinstance(values, dict)
        values = values[key]
    return True
