"""The generated files are what the models say."""

import json

import pytest

from ai_server import generate
from ai_server.helm.render import chart_defaults
from ai_server.paths import CHART, REPOSITORY


def test_generated_files_are_up_to_date() -> None:
    stale = [path.relative_to(REPOSITORY).as_posix() for path in generate.stale()]
    assert stale == [], "`make generate` writes them anew"


def test_a_changed_file_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    outputs = generate.outputs()
    victim = CHART / "values.yaml"
    monkeypatch.setattr(generate, "outputs", lambda: {**outputs, victim: outputs[victim] + "\n"})
    assert generate.stale() == [victim]


def test_no_default_is_null() -> None:
    assert "null" not in json.dumps(chart_defaults())


def test_subcharts_have_the_umbrellas_defaults() -> None:
    whole = chart_defaults()
    for name in ("rocm", "thor", "litellm", "openwebui"):
        assert chart_defaults(CHART / "charts" / name) == whole[name]


@pytest.mark.parametrize("folder", [".", "charts/rocm", "charts/thor", "charts/litellm", "charts/openwebui"])
def test_schemas_are_whole_and_closed(folder: str) -> None:
    text = (CHART / folder / "values.schema.json").read_text()
    schema = json.loads(text)
    own = {name: body for name, body in schema["$defs"].items() if ".k8s." not in name}
    assert all(body["additionalProperties"] is False for body in own.values())
    assert schema["additionalProperties"] is False
    references = {part.split('"')[0] for part in text.split('"$ref": "')[1:]}
    assert {reference.removeprefix("#/$defs/") for reference in references} == set(schema["$defs"])
    assert "(?" not in text, "Helm reads RE2: no look-around"


def test_the_reference_names_every_default() -> None:
    text = (REPOSITORY / "docs" / "values.md").read_text()
    missing = [key for section, body in chart_defaults().items() for key in body if f"`{section}.{key}" not in text]
    assert missing == []
