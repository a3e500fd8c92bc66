"""Compares our reader and our merge with Helm itself: both must produce the same values."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from ai_server.lab import programs
from ai_server.reading import profiles, yamlfile
from ai_server.reading.merge import coalesce

SCALARS = [
    "",
    "1 0 -1 +1 1.0 1.5 -0.5 .5 1. 1e3 1.5e3 1E3 1e-3 -1e3 1e+3 12e03 1_000 1__0 0777 0o17 0o8 0x1F 0xfg 0b101 08 09 007 00 0 -0 +012 -08",
    "1048576 16777217 123456789012345678901 9007199254740993 18446744073709551616 1.7976931348623157e308",
    "y Y n N yes Yes YES no No NO on On ON off Off OFF true True TRUE false False FALSE t f tRue",
    "~ null Null NULL nUll nil none",
    "2024-01-01 2024-01-01T10:00:00Z 12:30:45 1:30 190:20:30 1.2.3 v1.2 0.1.0 b11434 5e7 123e4 0e1 1e999x deadbeef 12345e6",
    '= < a=b a:b http://x:80/v1 C:\\x @a %a \'\'  "" "1e3" \'on\' "y" \'08\' !!str 1 !!int "3" !!str y',
    "",
]


def words() -> list[str]:
    quoted = [
        "",
        "!!str 1",
        '!!int "3"',
        "!!str y",
        "!!str on",
        "!!float 3",
        "text # comment",
        "a b  c",
        "|-\n  x\n  y",
        ">-\n  a\n  b",
    ]
    plain = [word for line in SCALARS[:-2] for word in line.split()]
    plain += [
        word for word in SCALARS[-2].split() if not word.startswith(("!!", "@", "%")) and word not in ("1", "y", '"3"')
    ]
    return [*dict.fromkeys(plain + quoted)]


def make_echo(chart: Path):
    """helm template of a chart that prints its values."""
    (chart / "templates").mkdir()
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: echo\nversion: 0.1.0\n")
    (chart / "templates" / "values.yaml").write_text("values: {{ .Values | toJson | quote }}\n")

    def run(*files: Path, chart_values: str = "{}\n") -> object:
        (chart / "values.yaml").write_text(chart_values)
        flags = [flag for file in files for flag in ("-f", str(file))]
        out = subprocess.run(
            [programs.find("helm"), "template", "x", chart, *flags],
            capture_output=True,
            text=True,
            check=True,
        )
        # numbers as in JSON: 1e+20 and 100000000000000000000 are equal
        return json.loads(
            yaml.safe_load(out.stdout)["values"],
            parse_int=lambda text: int(text) if abs(int(text)) <= 2**53 else float(text),
        )

    return run


@pytest.fixture(scope="session")
def echo(tmp_path_factory: pytest.TempPathFactory):
    return make_echo(tmp_path_factory.mktemp("echo"))


def test_every_scalar_is_read_as_helm_reads_it(echo, tmp_path: Path) -> None:
    file = tmp_path / "values.yaml"
    file.write_text("".join(f"k{index}: {word}\n" for index, word in enumerate(words())))
    ours, helms = yamlfile.read_values(file).values, echo(file)
    assert len(words()) >= 100
    pairs = {words()[int(key[1:])]: (ours.get(key), helms.get(key)) for key in {*ours, *helms}}
    wrong = {
        word: pair
        for word, pair in pairs.items()
        if pair[0] != pair[1] or isinstance(pair[0], bool) != isinstance(pair[1], bool)
    }
    assert wrong == {}


def test_every_key_is_read_as_helm_reads_it(echo, tmp_path: Path) -> None:
    file = tmp_path / "values.yaml"
    keys = ["on", "y", "no", "true", "1", "1.5", "0x10", "08", "1e3", "'on'", "a.b", "a b", "2024-01-01"]
    file.write_text("".join(f"m{index}:\n  {key}: 1\n" for index, key in enumerate(keys)))
    assert yamlfile.read_values(file).values == echo(file)


MERGES = [
    ("a: {b: 1, c: 2}", "a: {b: 3}"),
    ("a: {b: 1}", "a: {c: 2}"),
    ("a: [1, 2]", "a: [3]"),
    ("a: [1, 2]", "a: []"),
    ("a: [{b: 1}]", "a: [{c: 2}]"),
    ("a: {b: 1}", "a: {}"),
    ("a: {b: 1, c: 2}", "a: {b: null}"),
    ("a: {b: {c: 1}}", "a: {b: null}"),
    ("a: {b: 1}", "a: null"),
    ("a: 1", "a: 0"),
    ("a: true", "a: false"),
    ("a: x", 'a: ""'),
    ("a: 1", "a: {b: 2}"),
    ("a: {b: {c: {d: 1}}}", "a: {b: {c: {e: 2}}}"),
    ("a: {b: 1}", "z: {x: 2}"),
    ("a: 1\n---\na: 2", "b: 3"),
    ("a: {b: 1}\n---\na: {c: 2}", "a: {d: 3}"),
    ("x: &m {p: 1}\na: {<<: *m, q: 2}", "a: {p: 3}"),
    ("{}", "a: {b: [null, 1]}"),
    ("", "a: 1"),
]


@pytest.mark.parametrize(("base", "over"), MERGES, ids=range(len(MERGES)))
def test_files_are_merged_as_helm_merges_them(echo, tmp_path: Path, base: str, over: str) -> None:
    files = [tmp_path / "base.yaml", tmp_path / "over.yaml"]
    for file, text in zip(files, (base, over), strict=True):
        file.write_text(text + "\n")
    assert profiles.load(files).values == echo(*files)


# a table over a scalar is left out: Helm warns and keeps the chart's default; our schema rejects it before
TYPED = [pair for pair in MERGES[:15] if pair != ("a: 1", "a: {b: 2}")]


@pytest.mark.parametrize(("base", "over"), TYPED, ids=range(len(TYPED)))
def test_a_file_over_the_charts_defaults_is_merged_as_helm_does(echo, tmp_path: Path, base: str, over: str) -> None:
    file = tmp_path / "over.yaml"
    file.write_text(over + "\n")
    defaults = yaml.safe_load(base) or {}
    assert coalesce(defaults, profiles.load([file]).values) == echo(file, chart_values=base + "\n")
