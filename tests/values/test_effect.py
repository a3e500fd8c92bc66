"""Every value has an effect: each leaf of the defaults changes the render of some profile.

Conversely, every `.Values` path that a template reads is declared.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from ai_server.errors import UserError
from ai_server.helm.render import chart_defaults, render_unvalidated
from ai_server.paths import CHART
from ai_server.reading import profiles
from ai_server.reading.merge import coalesce, merge
from ai_server.reading.profiles import Keys
from tests.at import at
from tests.schema_paths import dotted, schemas

NO_EFFECT = {
    "global.privateDomains": "for the check alone: names that are private",
    "gpu.image.platforms": "for the check alone: what an image of the user's own is built for",
    "gpu.foldersImage.platforms": "for the check alone",
    "gpu.vllm.image.platforms": "for the check alone",
    "gpu.comfyui.image.platforms": "for the check alone",
    "gpu.speech.image.platforms": "for the check alone",
    "litellm.image.platforms": "for the check alone",
    "openwebui.image.platforms": "for the check alone",
    "litellm.routing.sharedNames": "lifts the chart's rejection of a clash, and renders nothing",
}
"""Leaves that change no render, and why."""
DRAFTED = {"file": "gguf/plain.gguf", "draft": {"file": "gguf/draft.gguf"}}
PLAIN = {"vllm": {"model": "hf/plain"}}
OPEN = {"service": {"type": "LoadBalancer"}}
EVERY = {
    "gpuAccess": "runtimeClass",
    "vllm": {"enabled": True, "model": "hf/plain", **OPEN},
    "comfyui": {"enabled": True, **OPEN},
    "speech": {"enabled": True, **OPEN},
    **OPEN,
}
SHARE = {"vllm": {"enabled": True, "kvCacheMemory": ""}, "comfyui": {"enabled": True}, "speech": {"enabled": True}}
TRIED = ("everything", "homelab", "thor-only", "rocm-only", "gateway-only", "fleet")


def leaves(value: Any, path: Keys = ()) -> Iterator[tuple[Keys, Any]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    else:
        yield path, value


ALL_LEAVES = dict(leaves(chart_defaults()))
LEAVES = {
    path: value
    for path, value in ALL_LEAVES.items()
    if path[0] not in ("rocm", "thor") or ("gpu", *path[1:]) not in ALL_LEAVES
}
"""The keys of nodes are the same for every kind, and so are their templates: those of gpu stand for all of them, and
test_wiring.py proves that each kind's own settings reach its pods.
"""


def others(path: Keys, value: Any) -> Iterator[Any]:
    """Other values that the schema accepts at a path."""
    found = schemas(path)
    yield from (choice for node in found for choice in node.get("enum", []) if choice != value)
    if isinstance(value, bool):
        yield from (not value, value)  # PLAINLY sets some
    elif isinstance(value, int | float):
        yield value + 1
        yield value - 1
        yield 700
        yield 0.75
    elif isinstance(value, str):
        yield from (
            "3Gi",
            "other",
            "/other",
            "5m",
            "http://other.example.lan/v1",
            "512x512",
            f"sha256:{'a' * 64}",
            "[]",
        )
    elif isinstance(value, list):
        yield from (
            [*value, "other"],
            [{"name": "other"}],
            [{"key": "other", "operator": "Exists"}],
            ["amd64"],
            ["/other"],
        )
        yield [{"name": "other", "mountPath": "/other"}]
        yield [{"name": "other", "image": "other:1"}]
        yield [{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "other"}}]
        yield from ([{"secretRef": {"name": "other"}}], [{"ip": "10.0.0.9", "hostnames": ["other"]}])
        yield [{"maxSkew": 1, "topologyKey": "other", "whenUnsatisfiable": "ScheduleAnyway"}]
        yield [{"type": "prompt", "key": "text", "node_ids": ["6"]}]
    elif isinstance(value, dict):
        yield from (
            {"other": "1"},
            {"memory": "3Gi"},
            {"nodeAffinity": {}},
            {"fsGroup": 7},
            {"other": ["chat"]},
            {"runAsUser": 7},
            {"priorityClassName": "other"},
            {"searches": ["other.lan"]},
        )
        yield from ({"plain": {"ctxSize": 9000}}, {"plain-too": {"ctxSize": 9000}})
        yield from ({"other": {"file": "gguf/other.gguf"}}, {"other": {}}, {"other": {"model": "other/other"}})
        yield from ({"other.lan": {}}, {"nfs": {"server": "other", "path": "/other"}})


# the profile that sets everything overrides the component's own values, so a plain node uses all of them
PLAINLY = {
    "rocm": {"nodes": {"plain": {"renderGroup": 991}}, "models": {"plain": {"file": "gguf/plain.gguf"}}},
    "thor": {"nodes": {"plain": PLAIN}, "speech": {"models": {"plain": {"model": "plain/plain"}}}},
    "gpu": {
        "models": {"plain-too": DRAFTED, "other-too": {"file": "gguf/other.gguf"}},
        "speech": {"models": {"plain": {"model": "plain/plain"}}},
        "nodes": {"plain": {}, "every": EVERY, "share": SHARE, "claim": {"gpuAccess": "dra"}},
    },
    "litellm": {
        "models": {
            "plain": {"model": "hosted_vllm/plain", "apiBase": "http://plain.lan/v1", "apiKeySecret": {"name": "plain"}}
        },
        "routing": {"models": {"plain": {"params": {"rpm": 1}, "nodes": {"plain": {"params": {"rpm": 1}}}}}},
        "ingress": {"extraHosts": {"plain.lan": {}}},
        "httpRoute": {"enabled": True},
    },
    "openwebui": {"httpRoute": {"enabled": True}},
}
ENTRIES: tuple[Keys, ...] = (
    ("gpu", "models", "plain-too"),
    ("gpu", "nodes", "plain", "overrides", "plain-too"),
    ("gpu", "nodes", "every"),
    ("gpu", "nodes", "every", "speech", "models", "plain"),
    ("litellm", "models", "plain"),
    ("litellm", "routing", "models", "plain"),
    ("litellm", "routing", "models", "plain", "nodes", "plain"),
    ("litellm", "ingress", "extraHosts", "plain.lan"),
)
"""Maps of names that users choose, whose keys are in no defaults."""
SAMPLES = {"boolean": True, "integer": 1, "number": 0.5, "string": "", "array": [], "object": {}}


def of_entry(path: Keys) -> Iterator[tuple[Keys, Any]]:
    """The leaves that the schema has below an entry, each with a value of its type; maps of names are leaves."""
    for node in schemas(path):
        for key, body in node.get("properties", {}).items():
            below = list(of_entry((*path, key)))
            kind = next(
                (schema["type"] for schema in schemas((*path, key)) if isinstance(schema.get("type"), str)), "object"
            )
            yield from (
                below if below and "$ref" in body and ".k8s." not in body["$ref"] else [((*path, key), SAMPLES[kind])]
            )


SHOWN_ELSEWHERE = {
    "platforms": "for the check alone",
    "gpuMemoryUtilization": "the node has a size in bytes",
    "gpuResource": "the node shares its GPU by a runtime class",
    "gpuDeviceClass": "the node shares its GPU by a runtime class",
    "nodes": "the settings of a model on a node are an entry themselves",
}
"""Keys of entries that plain entries do not cover, and why."""
OF_ENTRIES = {path: value for entry in ENTRIES for path, value in of_entry(entry) if path[-1] not in SHOWN_ELSEWHERE}


@cache
def _profile(name: str) -> dict[str, Any]:
    return merge(profiles.load(profiles.profile(name).files).values, PLAINLY)


@cache
def _validator() -> Any:
    import jsonschema_rs

    return jsonschema_rs.validator_for(json.loads((CHART / "values.schema.json").read_text()))


def _rendered(values: dict[str, Any]) -> Any:
    try:
        return render_unvalidated(values).manifests
    except UserError:
        return None


@cache
def _before(name: str) -> Any:
    return _rendered(_profile(name))


def _matters(path: Keys, value: Any, name: str) -> bool:
    base, before = _profile(name), _before(name)
    for other in others(path, value):
        changed = at(path, other, within=base)
        if _validator().is_valid(coalesce(chart_defaults(), changed)):
            after = _rendered(changed)
            if after is not None and after != before:
                return True
    return False


@pytest.mark.parametrize("path", [path for path in LEAVES if dotted(path) not in NO_EFFECT], ids=dotted)
def test_another_value_renders_something_else(path: Keys) -> None:
    assert any(_matters(path, LEAVES[path], name) for name in TRIED)


@pytest.mark.parametrize("path", OF_ENTRIES, ids=dotted)
def test_another_value_of_an_entry_renders_something_else(path: Keys) -> None:
    assert any(_matters(path, OF_ENTRIES[path], name) for name in TRIED)


@pytest.mark.parametrize("key", NO_EFFECT)
def test_what_has_no_effect_has_a_reason_and_is_still_so(key: str) -> None:
    [path] = [path for path in LEAVES if dotted(path) == key]
    assert len(NO_EFFECT[key].split()) > 3
    assert not any(_matters(path, LEAVES[path], name) for name in TRIED)


def _read() -> set[tuple[str, ...]]:
    """The paths that templates read by name: .Values.a.b of a subchart is in its section, $root.Values is complete."""
    found = set()
    for file in sorted(CHART.rglob("templates/**/*.*")):
        inside = file.relative_to(CHART).parts
        section = (inside[1],) if inside[0] == "charts" and inside[1] != "common" else ()
        for name in re.findall(r"\.Values((?:\.[A-Za-z]+)+)", file.read_text()):
            path = tuple(name[1:].split("."))
            found.add(path if path[0] in chart_defaults() else (*section, *path))
    return found


def test_every_path_that_templates_read_is_declared() -> None:
    made = {("computedNodes",)}
    """A key that the templates set there themselves."""
    # without a section, the scope was passed on: the complete path is in one of them
    sections = [(), *((name,) for name in chart_defaults())]
    unknown = [path for path in _read() - made if not any(schemas((*section, *path)) for section in sections)]
    assert len(_read()) > 60
    assert unknown == []
