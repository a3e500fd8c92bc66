"""jsonschema-rs, which checks the values, agrees with jsonschema and with Helm on every values file of the suite."""

import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest

from ai_server.errors import UserError
from ai_server.helm.render import chart_defaults, render
from ai_server.paths import CHART, PROFILES, REPOSITORY
from ai_server.reading import profiles
from ai_server.reading.merge import coalesce
from ai_server.reading.textfile import NotYaml

TESTS = REPOSITORY / "tests"
BASE = TESTS / "tools" / "checks" / "base.yaml"
MISTAKES = sorted(TESTS.glob("mistakes/*/*.yaml"))
FILES = {
    **{
        f"mistakes/{folder.name}": sorted(folder.glob("*.yaml"))
        for folder in sorted({file.parent for file in MISTAKES})
    },
    "unusual": sorted(TESTS.glob("values/unusual/*.yaml")),
    "profiles": sorted(PROFILES.rglob("values.yaml")),
}
SCHEMA = json.loads((CHART / "values.schema.json").read_text())
FAST = jsonschema_rs.validator_for(SCHEMA)
REFERENCE = jsonschema.Draft7Validator(SCHEMA)


@cache
def values_in(folder: str) -> dict[str, dict[str, Any]]:
    """The values of each file of a folder that is YAML, over the shortest valid values."""
    loaded = {}
    for file in FILES[folder]:
        try:
            loaded[file.name if folder != "profiles" else file.parent.name] = profiles.load([BASE, file]).values
        except NotYaml:
            continue
    return loaded


@pytest.fixture(scope="module")
def schema_alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chart of the schema and the defaults: Helm renders nothing, so it only validates."""
    chart = tmp_path_factory.mktemp("chart")
    for name in ("values.schema.json", "values.yaml"):
        shutil.copy(CHART / name, chart / name)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: ai-server\nversion: 0.1.0\n")
    return chart


def helm_accepts(chart: Path, values: dict[str, Any]) -> bool:
    try:
        render(values, chart=chart)
    except UserError as error:
        return "specifications of the schema" not in error.message
    return True


@pytest.mark.parametrize("folder", FILES)
def test_the_verdicts_are_the_same(folder: str, schema_alone: Path) -> None:
    verdicts = {
        name: (
            FAST.is_valid(merged := coalesce(chart_defaults(), values)),
            REFERENCE.is_valid(merged),
            helm_accepts(schema_alone, values),
        )
        for name, values in values_in(folder).items()
    }
    assert len(verdicts) > 5
    assert {name: three for name, three in verdicts.items() if len(set(three)) > 1} == {}


def test_some_are_refused_and_most_are_not() -> None:
    refused = {
        folder: sum(not FAST.is_valid(coalesce(chart_defaults(), values)) for values in values_in(folder).values())
        for folder in FILES
    }
    assert refused["mistakes/values"] > 15
    assert (refused["unusual"], refused["profiles"]) == (0, 0)
