"""Texts of several lines are literal blocks, and dumped objects are read back unchanged."""

from io import StringIO

import pytest
import yaml
import yaml_rs
from hypothesis import given
from hypothesis import strategies as st

from ai_server.reading.yamldump import dump_documents


def dumped(text: str) -> str:
    file = StringIO()
    dump_documents([{"key": text}], file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: é\n", "---\nkey: |\n  a: 1\n  b: é\n"),
        ("a\nb", "---\nkey: |-\n  a\n  b\n"),
        ("  a\nb\n", "---\nkey: |2\n    a\n  b\n"),
        (f"{'word ' * 40}end\nb", f"---\nkey: |-\n  {'word ' * 40}end\n  b\n"),
    ],
)
def test_a_text_of_several_lines_is_a_literal_block(text: str, expected: str) -> None:
    assert dumped(text) == expected


@pytest.mark.parametrize("text", ["a \nb", "a\t\nb", "a\n  ", "a\r\nb", "a\x07\nb", "\n", " \n ", "a\u2028\nb"])
def test_a_text_that_no_block_can_hold_is_quoted(text: str) -> None:
    assert "|" not in dumped(text)
    assert yaml.safe_load(dumped(text)) == {"key": text}


@given(text=st.text(st.sampled_from("ab:#-|>\"'\\ \t\n\r\x07é\u4e2d\u2028\ufeff"), max_size=12))
def test_any_text_is_read_back_unchanged(text: str) -> None:
    assert yaml.safe_load(dumped(text)) == yaml_rs.loads(dumped(text)) == {"key": text}
