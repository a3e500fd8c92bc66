"""Properties, with hypothesis: accepted values render, renders are valid, and our reader agrees with Helm's."""

import itertools
import json
from functools import cache
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from ai_server import checks
from ai_server.helm.render import chart_defaults, render_unvalidated
from ai_server.reading import profiles, yamlfile
from ai_server.reading.merge import coalesce, merge
from ai_server.reading.profiles import Keys
from tests.at import at
from tests.schema_paths import dotted, schemas
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


ODD = ("[]", "yes", "1e3", "a: b # c", "/a: b # c", "/a, b", "/{a}")
"""Texts that are another type in YAML unless every render quotes them; also as paths."""
TEXTS = [path for path, value in LEAVES.items() if isinstance(value, str)]
LEFT = "odd texts: of each key, one was tried"
CLOSED = {
    "^(sha256:[0-9a-f]{64})?$": "hexadecimal digits",
    "^([0-9]+(\\.[0-9]+)?(Ki|Mi|Gi|Ti|k|M|G|T)?)?$": "a number with a unit, which every render has as a text",
    "^[0-9]+x[0-9]+$": "two numbers",
    "^([0-9]{1,5}(h|m|s|ms)){0,4}$": "numbers with units of time",
}
"""Forms that accept none of these texts, and what they accept."""


@cache
def odd_texts(path: Keys) -> list[str]:
    """The odd texts that the schema accepts at a path."""
    return [odd for odd in ODD if any(Draft7Validator(node).is_valid(odd) for node in schemas(path))]


def is_closed(path: Keys) -> bool:
    """Whether a path accepts only a choice of words, or a form that excludes odd texts."""
    return any("enum" in node or node.get("pattern") in CLOSED for node in schemas(path))


def test_every_text_is_tried_but_for_choices_and_closed_forms() -> None:
    assert [dotted(path) for path in TEXTS if not odd_texts(path) and not is_closed(path)] == []
    assert sum(bool(odd_texts(path)) for path in TEXTS) > 80


@pytest.mark.parametrize("path", [path for path in TEXTS if odd_texts(path)], ids=dotted)
def test_an_odd_text_stays_a_text(tmp_path, path: Keys, request: pytest.FixtureRequest) -> None:
    cases = list(itertools.product(("homelab", "everything"), odd_texts(path)))
    if request.config.getoption("--quick"):
        request.node.user_properties.append((LEFT, len(cases) - 1))
        cases = cases[:1]
    for name, odd in cases:
        values = merge(profiles.load(profiles.profile(name).files).values, at(path, odd))
        (tmp_path / "values.yaml").write_text(json.dumps(values))
        found = checks.run([tmp_path / "values.yaml"]).findings
        assert [finding for finding in found if finding.rule == "values/bad-form" and finding.key == dotted(path)] == []
        assert [
            str(finding) for finding in found if finding.rule in ("values/does-not-render", "kubernetes/invalid-object")
        ] == []
        for item in render_unvalidated(values).manifests.of_kind("ConfigMap"):
            assert all(yaml.safe_load(text) for name, text in item["data"].items() if name.endswith(".yaml"))
