"""Properties, with hypothesis: accepted values render, renders are valid, and our reader agrees with Helm's."""

import json
from functools import cache
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ai_server import checks
from ai_server.helm.render import chart_defaults
from ai_server.reading import profiles, yamlfile
from ai_server.reading.merge import coalesce, merge
from ai_server.reading.profiles import Keys
from tests.at import at
from tests.schema_paths import schemas
from tests.values.test_effect import LEAVES, OF_ENTRIES, PLAINLY, others

# the same examples each time, so that a failure comes from a change; derandomize=False tries others
RELAXED = settings(
    derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
PROFILES = ("homelab", "everything", "rocm-only", "thor-only", "gateway-only")
PATHS = LEAVES | OF_ENTRIES
"""The defaults' own, and those of nodes, models and overrides."""
WORDS = st.text("abcxyz019-._/:=# {}[]'\"\u00e4\u4e2d", max_size=12)


@cache
def choices(path: Keys) -> st.SearchStrategy[Any]:
    """Values for a leaf: its choices, numbers within its range, texts, and others that its schema may accept."""
    found: list[st.SearchStrategy[Any]] = [
        st.just(PATHS[path]),
        *(st.just(value) for value in others(path, PATHS[path])),
    ]
    for node in schemas(path):
        if "enum" in node:
            found.append(st.sampled_from(node["enum"]))
        elif node.get("type") == "boolean":
            found.append(st.booleans())
        elif node.get("type") == "integer":
            found.append(st.integers(node.get("minimum", -(2**31)), node.get("maximum", 2**31)))
        elif node.get("type") == "number":
            found.append(st.floats(node.get("minimum", 0), node.get("maximum", 1), allow_nan=False))
        elif node.get("type") == "string":
            found.append(WORDS)
    return st.one_of(found)


@st.composite
def leaf(draw: st.DrawFn) -> tuple[Keys, Any]:
    path = draw(st.sampled_from(sorted(PATHS, key=str)))
    return path, draw(choices(path))


@pytest.mark.parametrize("name", PROFILES)
@settings(RELAXED, max_examples=60)
@given(changes=st.lists(leaf(), min_size=1, max_size=3))
def test_what_the_schema_accepts_renders_and_is_valid(tmp_path, name: str, changes: list[tuple[Keys, Any]]) -> None:
    values = merge(profiles.load(profiles.profile(name).files).values, PLAINLY)
    for path, value in changes:
        values = merge(values, at(path, value))
    (tmp_path / "values.yaml").write_text(json.dumps(values))
    found = checks.run([tmp_path / "values.yaml"]).findings
    assume(
        not any(finding.rule.startswith("values/") and finding.rule != "values/does-not-render" for finding in found)
    )
    assert [
        str(finding) for finding in found if finding.rule in ("values/does-not-render", "kubernetes/invalid-object")
    ] == []


plain = st.text("0123456789abcdefnoyesNOYESx.+-_:~eE", min_size=1, max_size=8)


@settings(RELAXED, max_examples=20)
@given(words=st.lists(plain, min_size=40, max_size=40, unique=True))
def test_any_scalar_is_read_as_helm_reads_it(echo, tmp_path, words: list[str]) -> None:
    lines = [f"k{index}: {word}" for index, word in enumerate(words) if _is_yaml(f"k: {word}")]
    (tmp_path / "v.yaml").write_text("\n".join(lines) + "\n")
    ours, helms = yamlfile.read_values(tmp_path / "v.yaml").values, echo(tmp_path / "v.yaml")
    wrong = {
        line: (ours.get(key), helms.get(key))
        for line in lines
        if not _same(ours.get(key := line.split(":")[0]), helms.get(key))
    }
    assert wrong == {}


def _same(one: Any, other: Any) -> bool:
    return isinstance(one, bool) == isinstance(other, bool) and (
        one == other or (isinstance(one, int | float) and isinstance(other, int | float) and float(one) == float(other))
    )


def _is_yaml(text: str) -> bool:
    try:
        value = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        return False
    return isinstance(value, dict) and ".inf" not in text.lower() and ".nan" not in text.lower()


scalars = st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.text("ab", max_size=2))
trees = st.recursive(
    scalars | st.lists(scalars, max_size=2),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
maps = st.dictionaries(st.sampled_from("abc"), trees, max_size=3)


@settings(RELAXED, max_examples=60)
@given(base=maps, top=maps)
def test_any_two_files_are_merged_as_helm_merges_them(echo, tmp_path, base: Any, top: Any) -> None:
    files = [tmp_path / "base.yaml", tmp_path / "top.yaml"]
    for file, values in zip(files, (base, top), strict=True):
        file.write_text(yaml.safe_dump(values))
    assert profiles.load(files).values == echo(*files)


@settings(RELAXED, max_examples=60)
@given(values=maps)
def test_no_file_leaves_the_merged_values_without_their_shape(values: Any) -> None:
    once = coalesce(chart_defaults(), values)
    assert chart_defaults().keys() - {key for key, value in values.items() if value is None} <= once.keys()
    assert merge(merge(values, values), values) == merge(values, {})


@pytest.fixture(scope="session")
def echo(tmp_path_factory: pytest.TempPathFactory):
    """Helm's own values, from a chart that prints them."""
    from tests.tools.test_helm_agreement import make_echo

    return make_echo(tmp_path_factory.mktemp("echo"))
