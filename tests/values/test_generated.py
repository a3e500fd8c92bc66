"""The generated files match the models."""

import json
from typing import Any

import pytest

from ai_server import generate
from ai_server.generate.reference import values_reference
from ai_server.generate.valuesfile import fields
from ai_server.helm.render import chart_defaults
from ai_server.paths import CHART, REPOSITORY
from ai_server.reading.yamlfile import read_values
from ai_server.values import AiServer
from ai_server.values.base import Section
from ai_server.values.litellm import SecretKey
from ai_server.values.llamacpp import Draft, Lora
from tests.render.common import ROCM, THOR, container


def test_generated_files_are_up_to_date() -> None:
    stale = [path.relative_to(REPOSITORY).as_posix() for path in generate.stale()]
    assert stale == [], "`make generate` writes them anew"


def test_a_changed_file_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    outputs = generate.outputs()
    victim = CHART / "values.yaml"
    monkeypatch.setattr(generate, "outputs", lambda: {**outputs, victim: outputs[victim] + "\n"})
    assert generate.stale() == [victim]


@pytest.mark.parametrize(
    ("path", "section"),
    [
        ("rocm.models.NAME.draft", Draft),
        ("gpu.models.NAME.loras.NAME", Lora),
        ("litellm.models.NAME.apiKeySecret", SecretKey),
    ],
)
def test_the_reference_explains_each_key_of_a_section_in_an_entry(path: str, section: type[Section]) -> None:
    text = values_reference(AiServer)
    assert [field.alias for _, field in fields(section) if f"| `{path}.{field.alias}` |" not in text] == []


def test_no_default_is_null() -> None:
    assert "null" not in json.dumps(chart_defaults())


def test_the_defaults_are_as_helm_reads_them() -> None:
    assert repr(chart_defaults()) == repr(read_values(CHART / "values.yaml").values)


COMPONENTS = ("gpu", "litellm", "openwebui", "rocm", "thor")


def test_no_subchart_has_a_schema() -> None:
    """The umbrella's schema covers them: with a second one, Helm reports each mistake twice and is a quarter slower."""
    charts = {file.parent.name for file in (CHART / "charts").glob("*/Chart.yaml")}
    assert charts == {"common", *COMPONENTS}
    assert list((CHART / "charts").rglob("values.schema.json")) == []


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_subchart_has_the_umbrellas_defaults(name: str) -> None:
    assert chart_defaults(CHART / "charts" / name) == chart_defaults()[name]


NULLS = """
litellm: {securityContext: {runAsUser: null}, resources: {requests: {cpu: null}, limits: {memory: null}}}
thor: {comfyui: {modelFolders: {vae: null}}, pod: {runtimeClassName: null}}
"""
"""Defaults that are often removed: on OpenShift the cluster chooses the user."""


@pytest.mark.parametrize("engine", ["sdk", "helm", "helm3"])
def test_a_null_removes_a_default(rendered, engine: Any) -> None:
    """Helm does so only if the subchart has the key itself, which is why subcharts have values."""
    manifests = rendered(ROCM, THOR, NULLS, engine=engine)
    gateway = container(manifests, "ai-server-litellm", "litellm")
    assert gateway["resources"] == {"requests": {"memory": "768Mi"}}
    assert gateway["securityContext"].keys() & {"runAsUser", "runAsGroup"} == {"runAsGroup"}
    assert "runtimeClassName" not in manifests.pod("ai-server-thor-thor").spec
    paths = manifests.get("ConfigMap", "ai-server-thor-thor-comfyui")["data"]["extra_model_paths.yaml"]
    assert "loras: loras" in paths
    assert "vae:" not in paths


def test_the_schema_is_complete_and_closed() -> None:
    text = (CHART / "values.schema.json").read_text()
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
