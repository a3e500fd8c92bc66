"""An invalid values file is reported in one line, with the location of the error."""

from pathlib import Path

import pytest

from ai_server.errors import UserError
from ai_server.reading import yamlfile

BROKEN = {
    "a tab": (b"a:\n\tb: 1\n", ":2:1: invalid YAML"),
    "a colon": (b"a: b: c\n", ":1:5: invalid YAML"),
    "an open quote": (b'a: "b\n', "invalid YAML"),
    "a list": (b"- 1\n- 2\n", ":1:1: a values file contains keys, this one contains a list"),
    "a word": (b"hello\n", "this one contains text"),
    "latin1": ("a: gr\u00fc\u00df\n".encode("latin-1"), ":1: not UTF-8"),
    "binary": (bytes(range(256)), "not UTF-8"),
    "nan": (b"a: .nan\n", ":1:4: Helm cannot read .nan"),
    "a null key": (b"~: 1\n", "empty key"),
    "a map as key": (b"? {a: b}\n: 1\n", "a key must be a word"),
    "an unknown alias": (b"a: *b\n", "invalid YAML"),
    "deep": (b"[" * 5000 + b"]" * 5000, "too deep"),
    "large": (b"a: " + b"x" * 5_000_000, "larger than 4 MiB"),
    "an alias bomb": (
        b"a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        + b"".join(b"%c: &%c [%s]\n" % (98 + i, 98 + i, b",".join([b"*%c" % (97 + i)] * 10)) for i in range(9)),
        "too large",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_an_invalid_file_is_reported_in_words(tmp_path: Path, name: str) -> None:
    content, message = BROKEN[name]
    file = tmp_path / "values.yaml"
    file.write_bytes(content)
    with pytest.raises(UserError) as refused:
        yamlfile.read_values(file)
    assert message in refused.value.message
    assert "values.yaml" in refused.value.message


def test_a_folder_and_a_missing_file_are_different_errors(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is a folder"):
        yamlfile.read_values(tmp_path)
    with pytest.raises(UserError, match="file not found"):
        yamlfile.read_values(tmp_path / "gone.yaml")


def test_every_key_is_remembered_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "values.yaml"
    file.write_text("a:\n  b:\n    - c: 1\n    - d: 2\n")
    places = yamlfile.read_values(file).places
    assert (places["a", "b"].line, places["a", "b", 1, "d"].line, places["a", "b", 1, "d"].column) == (
        2,
        4,
        7,
    )


def test_a_repeated_key_is_remembered_with_both_places(tmp_path: Path) -> None:
    file = tmp_path / "values.yaml"
    file.write_text("a: 1\nb:\n  c: 1\n  c: 2\n")
    [twice] = yamlfile.read_values(file).repeated
    assert (twice.path, twice.first.line, twice.again.line) == (("b", "c"), 3, 4)


def test_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    file = tmp_path / "values.yaml"
    file.write_text("# nothing\n")
    assert yamlfile.read_values(file).values == {}
