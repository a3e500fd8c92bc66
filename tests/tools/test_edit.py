"""A change of a values file leaves every other character as it is."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_server.reading.comments import comments
from ai_server.reading.edit import CannotEdit, Change, edited
from ai_server.reading.yamlfile import document_of
from ai_server.reading.yamltext import flow

FILE = """\
# the lab
rocm:
  models:   # all of them
    'chat': {file: gguf/chat.gguf,  ctxSize: 8192}  # large
    coder:
      file: "gguf/coder.gguf"
  nodes:
    halo:

      # needs sudo
      serve: [ chat, coder ]
      extraArgs:
        - --threads   # half of them
        - '8'
litellm:
"""
SET: list[tuple[str, Any, str, str]] = [
    ("rocm.models.chat.ctxSize", 4096, "ctxSize: 8192", "ctxSize: 4096"),
    ("rocm.models.coder.file", "gguf/x y.gguf", '"gguf/coder.gguf"', "gguf/x y.gguf"),
    ("rocm.nodes.halo.extraArgs.1", "16", "- '8'", '- "16"'),
    ("rocm.models.chat.mode", "chat", "ctxSize: 8192}", "ctxSize: 8192, mode: chat}"),
    ("rocm.models.coder.ctxSize", 1, 'coder.gguf"\n', 'coder.gguf"\n      ctxSize: 1\n'),
    ("rocm.nodes.halo.serve.2", "bge", "chat, coder ]", "chat, coder, bge ]"),
    ("rocm.nodes.halo.extraArgs.2", "-v", "- '8'\n", "- '8'\n        - -v\n"),
    (
        "rocm.nodes.halo.extraArgs",
        [],
        "extraArgs: \n        - --threads   # half of them\n        - '8'",
        "# half of them\n      extraArgs: []",
    ),
    ("litellm.metrics", False, "litellm:\n", "litellm:\n  metrics: false\n"),
    ("openwebui.images.model", "a", "litellm:\n", "litellm:\nopenwebui:\n  images: {model: a}\n"),
]


def keys(dotted: str) -> tuple[str | int, ...]:
    return tuple(int(key) if key.isdigit() else key for key in dotted.split("."))


@pytest.mark.parametrize(("key", "value", "old", "new"), SET)
def test_set_changes_one_value(key: str, value: Any, old: str, new: str) -> None:
    file = FILE.replace("extraArgs:\n", "extraArgs: \n") if value == [] else FILE
    assert edited(file, Change("set", keys(key), value)) == file.replace(old, new)


REMOVE = [
    ("rocm.models.coder", '    coder:\n      file: "gguf/coder.gguf"\n', ""),
    ("rocm.models.chat.file", "file: gguf/chat.gguf,  ", ""),
    ("rocm.models.chat.ctxSize", ",  ctxSize: 8192", ""),
    ("rocm.models.coder.file", ':\n      file: "gguf/coder.gguf"', ": {}"),
    ("rocm.nodes.halo.extraArgs.0", "        - --threads   # half of them\n", ""),
    ("rocm.nodes.halo.serve.1", ", coder ", " "),
    ("litellm", "litellm:\n", ""),
]


@pytest.mark.parametrize(("key", "old", "new"), REMOVE)
def test_remove_takes_one_entry_away(key: str, old: str, new: str) -> None:
    assert edited(FILE, Change("remove", keys(key))) == FILE.replace(old, new, 1)


def test_a_renamed_key_keeps_its_value_and_its_place() -> None:
    change = Change("move", keys("rocm.nodes.halo"), to=keys("rocm.nodes.strix"))
    assert edited(FILE, change) == FILE.replace("halo:", "strix:")


def test_a_moved_key_goes_to_the_end_of_its_new_section() -> None:
    found = edited(FILE, Change("move", keys("rocm.models.chat.ctxSize"), to=keys("rocm.server.ctxSize")))
    assert found == FILE.replace(",  ctxSize: 8192", "").replace("'8'\n", "'8'\n  server:\n    ctxSize: 8192\n")


def test_the_first_key_of_an_item_leaves_its_dash() -> None:
    file = "a:\n  - name: x\n    value: y\n"
    assert edited(file, Change("remove", ("a", 0, "name"))) == "a:\n  - value: y\n"


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("a: &x 1\nb: *x\n", Change("set", ("a",), 2)),
        ("a: &x {c: 1}\nb: *x\n", Change("set", ("b", "c"), 2)),
        ("a: &x {c: 1}\nb: {<<: *x}\n", Change("remove", ("b", "c"))),
        ("a: 1\nb: 2\n", Change("move", ("a",), to=("b",))),
        ("a: 1\n", Change("remove", ("b",))),
        ("a: 1\n---\na: 2\n", Change("set", ("a",), 3)),
        ("a: 1\n", Change("set", ("a", "b"), 3)),
    ],
)
def test_what_would_change_something_else_is_not_done(file: str, change: Change) -> None:
    with pytest.raises(CannotEdit):
        edited(file, change)


def test_an_alias_is_replaced_where_it_stands() -> None:
    assert edited("a: &x 1\nb: *x  # same\n", Change("set", ("b",), 2)) == "a: &x 1\nb: 2  # same\n"


SCALARS = st.one_of(st.text(max_size=12), st.integers(-9, 9), st.booleans(), st.none(), st.just("no"), st.just("1e3"))
TREES = st.dictionaries(
    st.text("ab1.-", min_size=1, max_size=3),
    st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner)),
    max_size=4,
)


@settings(max_examples=150)
@given(TREES, st.booleans(), st.data())
def test_whatever_is_set_gives_exactly_the_wanted_values(tree: Any, in_flow: bool, data: st.DataObject) -> None:
    text = yaml.safe_dump(tree, default_flow_style=in_flow, allow_unicode=True)
    key, value = data.draw(st.sampled_from([*tree, "new"])), data.draw(SCALARS)
    found = edited(text, Change("set", (key,), value))
    assert document_of(Path("x"), found).values == {**document_of(Path("x"), text).values, key: value}


def test_moved_lines_keep_their_comments_and_line_ends() -> None:
    file = "rocm:\r\n  # whose taint\r\n  tolerations: # all\r\n    - key: a   # ours\r\n      operator: Exists\r\n  port: 1\n"
    found = edited(file, Change("move", ("rocm", "tolerations"), to=("rocm", "pod", "tolerations")))
    assert found == (
        "rocm:\r\n  port: 1\r\n  pod:\r\n    # whose taint\r\n    tolerations: # all\r\n"
        "      - key: a   # ours\r\n        operator: Exists\n"
    )


COMMENTS = [
    (
        "a:\n  # all\n  b:  # here\n    - x  # one\n    # two\n    - y\n  c: 1  # ours\n",
        [Change("set", ("a", "b"), ["x"])],
        "a:\n  # all\n  # here\n  # one\n  # two\n  b:\n    - x\n  c: 1  # ours\n",
    ),
    ("a: {b: [1, # one\n  2]}\n", [Change("set", ("a", "b"), 3)], "# one\na: {b: 3}\n"),
    ("a: |  # text\n  x # y\nb: 1\n", [Change("set", ("a",), 3)], "# text\na: 3\nb: 1\n"),
    ("a:\r\n  - [1, # one\r\n     2]\r\n", [Change("set", ("a", 0), 3)], "a:\r\n  # one\r\n  - 3\r\n"),
    ("a: # all\n  # why\n  b: 1\n", [Change("remove", ("a", "b"))], "# all\n# why\na: {}\n"),
    ("a: {}\nb: {c: [1, # one\n  2]}\n", [Change("move", ("b", "c"), to=("a", "c"))], "# one\na: {c: [1, 2]}\nb: {}\n"),
    ("a: true # why\nb: 1\n", [Change("remove", ("a",)), Change("set", ("c",), "x")], "c: x # why\nb: 1\n"),
    (
        "a:\n  - --b # why\n  - --d\nc: {}\n",
        [Change("remove", ("a", 0)), Change("set", ("c", "b"), True)],
        "a:\n  - --d\n# why\nc: {b: true}\n",
    ),
]


@pytest.mark.parametrize(("file", "changes", "right"), COMMENTS)
def test_a_comment_about_what_stays_is_not_lost(file: str, changes: list[Change], right: str) -> None:
    assert edited(file, *changes) == right


def test_spaces_are_written_in_a_file_that_is_not_yaml_yet() -> None:
    assert edited("a:  # why\n\tb: 1\n", Change("spaces", ())) == "a:  # why\n  b: 1\n"


def test_a_comment_that_would_become_text_is_not_lost() -> None:
    with pytest.raises(CannotEdit):
        edited('{a: "x\n  y", b: [1, # one\n  2]}\n', Change("set", ("b",), 3))


@pytest.mark.parametrize("text", ["a: 'b # c' # d\n", "a: |\n  # b\n# d\n", "a: b#c\n  e # d\n"])
def test_text_with_a_hash_is_not_a_comment(text: str) -> None:
    assert [comment.text for comment in comments(text)] == ["# d"]


@given(st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=4), inner)))
@settings(max_examples=150)
def test_a_value_on_one_line_reads_as_itself(value: Any) -> None:

    assert document_of(Path("x"), f"a: {flow(value)}\n").values == {"a": value}
