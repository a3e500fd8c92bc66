"""The schema rejects keys that the chart does not have: at every level, in every component, enabled or not."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from ai_server.errors import UserError
from ai_server.generate.schema import values_schema
from ai_server.helm.render import chart_defaults, render
from ai_server.lab import programs
from ai_server.paths import CHART
from ai_server.reading import profiles
from ai_server.reading.merge import coalesce
from ai_server.values import AiServer
from tests.at import at, renamed
from tests.schema_paths import nodes

OPEN = {
    "models": "names of models are the user's",
    "nodes": "names of nodes are the user's",
    "overrides": "names of models",
    "extraHosts": "host names",
    "extraEnv": "names of variables",
    "labels": "label keys",
    "annotations": "annotation keys",
    "nodeSelector": "label keys",
    "selector": "label keys",
    "matchLabels": "label keys",
    "requests": "names of resources",
    "limits": "names of resources",
    "flags": "llama.cpp's flags, checked by a later rule",
    "params": "LiteLLM's own words",
    "modelInfo": "LiteLLM's own words",
    "litellmSettings": "LiteLLM's own words",
    "routerSettings": "LiteLLM's own words",
    "generalSettings": "LiteLLM's own words",
    "extraConfig": "LiteLLM's own words",
    "modelFolders": "ComfyUI's kinds of models",
    "loras": "names of adapters",
    "volumeAttributes": "words of the CSI driver",
    "fallbacks": "names of models",
    "aliases": "names of models",
    "workflowNodes": "Open WebUI's own words",
}
EVERYTHING = profiles.load(profiles.profile("everything").files).values | {"extraObjects": []}
"""Without the extra objects, whose keys are Kubernetes' own."""
VALIDATOR = jsonschema_rs.validator_for(values_schema(AiServer))
Path_ = tuple[str | int, ...]


def keys(value: Any, path: Path_ = ()) -> Iterator[Path_]:
    """Every key of nested values."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if isinstance(value, dict):
            yield (*path, key)
        yield from keys(item, (*path, key))


def is_open(path: Path_) -> bool:
    parent = path[-2] if len(path) > 1 else ""
    parent = path[-3] if isinstance(parent, int) else parent
    return parent in OPEN


CLOSED = [path for path in keys(EVERYTHING) if not is_open(path)]


def test_the_profile_everything_is_valid() -> None:
    assert VALIDATOR.is_valid(coalesce(chart_defaults(), EVERYTHING))
    assert len(CLOSED) > 250


@pytest.mark.parametrize("enabled", [True, False], ids=["enabled", "disabled"])
def test_a_misspelt_key_is_refused_at_every_level(enabled: bool) -> None:
    accepted = []
    for path in CLOSED:
        values = coalesce(chart_defaults(), renamed(EVERYTHING, path, f"{path[-1]}x"))
        for component in ("rocm", "thor", "litellm", "openwebui"):
            values.get(component, {})["enabled"] = enabled
        if VALIDATOR.is_valid(values):
            accepted.append(path)
    # `enabled` itself is put back above
    assert [path for path in accepted if path[1:] != ("enabled",)] == []


def test_every_open_map_has_a_reason_and_is_met() -> None:
    met = {path[-2] for path in keys(EVERYTHING) if is_open(path) and isinstance(path[-2], str)}
    met |= {path[-3] for path in keys(EVERYTHING) if is_open(path) and isinstance(path[-2], int)}
    assert set(OPEN) == met


def test_another_type_is_refused_at_every_level() -> None:
    accepted = []
    for path, value in nodes(EVERYTHING):
        if path in CLOSED:
            values = at(path, "text" if isinstance(value, dict) else {"x": 1}, within=EVERYTHING)
            accepted += [path] if VALIDATOR.is_valid(coalesce(chart_defaults(), values)) else []
    assert accepted == []


def test_a_null_is_refused_where_a_default_would_be_deleted() -> None:
    # Kubernetes' own types have optional keys: a null there omits the key
    fixed = [
        path for path in keys(chart_defaults()) if not {"securityContext", "tolerations", "modelFolders"} & set(path)
    ]
    # a component's pod is partial: missing keys come from global.pod
    fixed = [path for path in fixed if "pod" not in path[:-1] or path[0] == "global"]
    fixed = [path for path in fixed if not {"requests", "limits"} & set(path[:-1])]
    accepted = []
    for path in fixed:
        if VALIDATOR.is_valid(coalesce(chart_defaults(), at(path, None))):
            accepted.append(path)
    assert len(fixed) > 150
    assert accepted == []


TYPOS = [
    "{rocmm: {}}",
    "{global: {modelPath: /x}}",
    "{rocm: {node: {}}}",
    "{rocm: {models: {a: {fil: x}}}}",
    "{rocm: {nodes: {a: {renderGrup: 1}}}}",
    "{rocm: {nodes: {a: {overrides: {m: {ctxSise: 1}}}}}}",
    "{rocm: {nodes: {a: {pod: {toleration: []}}}}}",
    "{thor: {nodes: {t: {vllm: {modell: x}}}}}",
    "{thor: {speech: {models: {a: {mod: x}}}}}",
    "{litellm: {routing: {fallback: {}}}}",
    "{litellm: {models: {a: {apibase: x}}}}",
    "{openwebui: {persistance: {}}}",
    "{openwebui: {audio: {voice: x}}}",
]


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package")
    subprocess.run([programs.find("helm"), "package", CHART, "--destination", folder], check=True, capture_output=True)
    [archive] = folder.glob("*.tgz")
    return archive


@pytest.mark.parametrize("engine", ["sdk", "helm", "helm3"], indirect=True)
@pytest.mark.parametrize("typo", TYPOS)
def test_helm_refuses_a_typo_from_the_package_too(package: Path, tmp_path: Path, typo: str, engine: Any) -> None:
    file = tmp_path / "values.yaml"
    file.write_text(typo)
    with pytest.raises(UserError, match="not allowed"):
        render(profiles.load([file]).values, chart=package, engine=engine)


@pytest.mark.parametrize("component", ["rocm", "thor", "litellm", "openwebui"])
def test_helm_refuses_a_typo_in_a_component_that_is_off(component: str) -> None:
    with pytest.raises(UserError, match="imagee"):
        render({component: {"enabled": False, "imagee": {}}})
