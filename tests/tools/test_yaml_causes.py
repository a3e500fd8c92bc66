"""A file that is not YAML is reported where the mistake is, in words about the mistake, not where the parser gives up."""

import re
from pathlib import Path

import pytest

from ai_server.reading.oddtext import with_spaces
from ai_server.reading.textfile import NotYaml
from ai_server.reading.yamlfile import document_of

GOOD = "litellm:\n  routing: {numRetries: 2}\n  extraEnv:\n    TEXT: 'it''s'\n"
"""Lines before each mistake: a cause is not at the top of the file."""

BROKEN = {
    "a quote that is never closed": ('rocm:\n  image:\n    tag: "b1\n  port: 8080\n', "3:10", "quote that opens here"),
    "the next quote closes it": ('rocm:\n  gpuResource: "a\n  x: 1\n  y: "b"\n', "2:16", "quote that opens here"),
    "a single quote": ("rocm:\n  gpuResource: 'a\n  tag: 'b'\n", "2:16", "quote that opens here"),
    "a quote in a list": ('rocm:\n  extraArgs: ["--x, "8"]\n  port: 1\n', "2:22", "comma is missing"),
    "an apostrophe": ("openwebui:\n  admin:\n    name: 'it's me'\n", "3:14", "the ' inside the text ends it"),
    "quotes in quotes": ('openwebui:\n  admin:\n    name: "the "AI" page"\n', "3:16", "use 'the \"AI\" page'"),
    "both quotes": ("openwebui:\n  admin:\n    name: 'it's \"me\"'\n", "3:15", "after the closing quote"),
    "text after a quote": ('rocm:\n  a: "x" y\n', "2:10", "after the closing quote"),
    "no space after a colon": ("rocm:\n  ctxSize:65536\n  port: 1\n", "2:3", "use ctxSize: 65536"),
    "no space after the last colon": ("rocm:\n  port: 1\n  ctxSize:65536\n", "3:3", "use ctxSize: 65536"),
    "no space after a colon, and a comment": ("rocm:\n  ctxSize:65536 # x\n  port: 1\n", "2:3", "use ctxSize: 65536"),
    "no colon": ("rocm:\n  port 8080\n  nodes: {}\n", "2:3", "use port: 8080"),
    "no colon after a section": ("rocm\n  port: 8080\n", "1:1", "use rocm:"),
    "no colon two lines above": ("rocm:\n  port 8080\n  backend rocm\n  nodes: {}\n", "2:3", "use port: 8080"),
    "an equals sign": ("rocm:\n  port = 8080\n  nodes: {}\n", "2:3", "use port: 8080"),
    "a key after a value": ("rocm:\n  image: repository: x\n", "2:20", "a second colon"),
    "a colon in a text": ("openwebui:\n  extraEnv:\n    WEBUI_NAME: AI: the page\n", "3:19", "quotes: WEBUI_NAME"),
    "deeper than a value": ("rocm:\n  port: 1\n    nodes: {}\n", "3:5", "deeper than line 2"),
    "between two levels": ("rocm:\n  nodes:\n    halo: {}\n   port: 1\n", "4:4", "indent it by 2 or 4"),
    "less than its siblings": ("rocm:\n    port: 1\n  nodes: {}\n", "3:3", "as no line above it"),
    "a first line that is indented": (" rocm:\n   port: 1\nthor: {}\n", "1:2", "in the first column"),
    "an item without a space": ("rocm:\n  extraArgs:\n    - --x\n    -y\n", "4:5", "use - y"),
    "a flag without a dash of its own": ("rocm:\n  extraArgs:\n    - --x\n    --y\n", "4:5", "use - --y"),
    "an item out of line": ("rocm:\n  extraArgs:\n    - a\n   - b\n", "4:4", "as no line above it"),
    "an item among keys": ("rocm:\n  port: 1\n  - a\n", "3:3", "an item of a list among keys"),
    "a key among items": ("rocm:\n  serve:\n    - a\n    b: 1\n", "4:5", "key among the items"),
    "a list on the line of its key": ("rocm:\n  serve: - a\n", "2:10", "cannot begin on the line of its key"),
    "a bullet": ("rocm:\n  serve:\n    * a\n    * b\n", "3:5", "begins with -, not *"),
    "a tab": ("rocm:\n\tport: 1\n", "2:1", "a tab in the indentation"),
    "a tab after spaces": ("rocm:\n  port: 1\n  \tnodes: {}\n", "3:3", "a tab in the indentation"),
    "an at sign": ("rocm:\n  port: @x\n", "2:9", 'put it in quotes: "@x"'),
    "a backtick": ("rocm:\n  port: `x`\n", "2:9", "cannot begin with `"),
    "a percent sign": ("rocm:\n  port: %x\n", "2:9", "cannot begin with %"),
    "a star": ("litellm:\n  ingress: {host: *.lan}\n", "2:19", 'put it in quotes: "*.lan"'),
    "a star and a name": ("rocm:\n  port: *port\n", "2:9", 'put it in quotes: "*port"'),
    "a greater sign": ("rocm:\n  port: > 5\n", "2:9", "cannot begin with >"),
    "a template": ("rocm:\n  image: {{ .Values.image }}-x\n", "2:10", "is a template"),
    "a complete template": ("rocm:\n  image: {{ x }}\n", "2:10", "is a template"),
    "an open brace": ("rocm:\n  image: {tag: x\n  port: 1\n", "2:10", "{ that opens here"),
    "an open bracket": ("rocm:\n  serve: [a, b\nthor:\n  nodes: {}\n", "2:10", "[ that opens here"),
    "an outer brace": ("rocm:\n  nodes: {a: {port: 1}\nthor: {}\n", "2:10", "{ that opens here"),
    "a brace for a bracket": ("rocm:\n  serve: [a, b}\n", "2:15", "no { is open here"),
    "a brace too many": ("rocm:\n  image: {tag: x}}\n", "2:18", "no { is open here"),
    "no comma": ("rocm:\n  image: {tag: x digest: y}\n", "2:24", "a comma is missing"),
    "no comma at the end of a line": ("rocm: {\n  port: 1\n  nodes: {}\n}\n", "3:8", "a comma is missing"),
    "a comment of JSON": ('{\n  // mine\n  "rocm": {}\n}\n', "2:3", "begin it with #"),
    "a Windows path": ('rocm:\n  path: "D:\\models"\n', "2:12", "use single quotes"),
    "a path of users": ('rocm:\n  path: "C:\\Users\\me"\n', "2:12", "use single quotes"),
    "a text that is not indented": ("rocm:\n  workflow: |\n{a: 1}\nport: 1\n", "3:1", "text that begins on line 2"),
    "a merge conflict": ("<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> b\n", "1:1", "lines 1, 3, 5"),
    "Markdown": ("```yaml\nrocm: {}\n```\n", "1:1", "Markdown"),
    "a no-break space": ("rocm:\n\u00a0\u00a0port: 1\n  nodes: {}\n", "2:1", "no-break space (U+00A0)"),
    "a no-break space after a colon": ("rocm:\n  port:\u00a01\n  nodes: {}\n", "2:8", "no-break space (U+00A0)"),
    "a control character": ("rocm:\n  port: \x07\n", "2:9", "control character (U+0007)"),
    "an item with keys": ("rocm:\n  nodes:\n    - halo\n      port: 1\n", "3:5", "a list item that is a text"),
    "a semicolon": ("rocm;\n  port: 1\n", "1:1", "use rocm:"),
    "a colon on the wrong side": ("rocm:\n  port: 1\n  backend :rocm\n", "3:3", "use backend: rocm"),
    "a colon alone": ("rocm:\n  : 1\n", "2:3", "a colon without a key"),
    "a list": ("- rocm\n- thor\n", "1:1", "contains a list"),
}


def refused(text: str) -> NotYaml:
    with pytest.raises(NotYaml) as raised:
        document_of(Path("my.yaml"), text)
    return raised.value


@pytest.mark.parametrize("name", BROKEN)
def test_the_cause_is_reported_at_its_place(name: str) -> None:
    text, place, words = BROKEN[name]
    error = refused(text)
    assert (str(error.place), words in f"{error.problem} {error.hint}") == (f"my.yaml:{place}", True), error


AT_THE_TOP = ("a first line that is indented", "a comment of JSON", "a list", "no comma at the end of a line")


@pytest.mark.parametrize("name", [name for name in BROKEN if name not in AT_THE_TOP])
def test_the_cause_is_found_below_good_lines_and_above_others(name: str) -> None:
    text, place, words = BROKEN[name]
    error = refused(GOOD + text + "gpu:\n  nodes: {}\n")
    line, _, column = place.partition(":")
    assert (error.place.line - GOOD.count("\n"), error.place.column) == (int(line), int(column)), error
    assert (
        words.replace("lines 1, 3, 5", "lines 5, 7, 9").replace("line 2", "line 6") in f"{error.problem} {error.hint}"
    )


def test_a_cause_is_in_the_words_of_people() -> None:
    words = [f"{error.problem} {error.hint}" for text, _, _ in BROKEN.values() for error in [refused(text)]]
    assert [
        text for text in words if re.search(r"token|scalar|mapping|block (end|mapping)|simple key|expected", text)
    ] == []


def test_crlf_and_a_byte_order_mark_are_fine() -> None:
    assert document_of(Path("my.yaml"), "rocm:\r\n  port: 1\r\n").values == {"rocm": {"port": 1}}


def test_spaces_are_written_only_where_yaml_needs_them() -> None:
    text = "a:\n\u00a0 b:\u00a01\n  c: x\u00a0y\n  -\u00a0d\n# \u00a0\n"
    assert with_spaces(text) == "a:\n  b: 1\n  c: x\u00a0y\n  - d\n# \u00a0\n"
