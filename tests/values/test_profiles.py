"""The profiles, which are examples and the input of the tests."""

from functools import reduce
from typing import Any

import yaml

from ai_server.checks.subjects.nodes import KINDS
from ai_server.helm.render import chart_defaults
from ai_server.reading import profiles
from ai_server.reading.merge import merge
from ai_server.reading.profiles import Profile
from ai_server.reading.yamlfile import read_values

WANTED = {
    "homelab",
    "rocm-only",
    "thor-only",
    "gateway-only",
    "everything",
    "fleet",
    "mixed-lab",
    "rtx",
    "strix-everything",
    "sites/home",
    "sites/lab",
}
PARTIAL = {"pod": "what is left out comes from global.pod"}


def test_the_profiles_are_all_there() -> None:
    assert set(profiles.profiles()) == WANTED


def test_every_profile_begins_with_a_sentence(profile: Profile) -> None:
    for file in (*profile.files, profile.cluster):
        first = file.read_text().splitlines()[0]
        assert first.startswith("# ")
        assert first.endswith((".", ":")) or "." in first


def test_the_smallest_profile_is_under_ten_lines() -> None:
    [file] = profiles.profile("rtx").files
    assert len(file.read_text().splitlines()) < 10


def test_the_homelab_is_the_nine_machines() -> None:
    nodes = {
        item["metadata"]["name"]: item
        for item in yaml.safe_load(profiles.profile("homelab").cluster.read_text())["items"]
        if item["kind"] == "Node"
    }
    taints = {
        name: [f"{taint['key']}={taint['value']}:{taint['effect']}" for taint in node.get("spec", {}).get("taints", [])]
        for name, node in nodes.items()
    }
    assert {name: node_taints for name, node_taints in taints.items() if node_taints} == {
        "rpi1": ["network-controller-host=true:NoSchedule"],
        "rpi7": ["network-controller-host=true:NoSchedule"],
        "rpi3": ["node-management=true:NoSchedule"],
        "aimax": ["rocm-inference=true:NoSchedule"],
        "thor": ["cuda-inference=true:NoSchedule"],
    }
    assert len(nodes) == 9


def missing(defaults: Any, given: Any, path: str = "") -> list[str]:
    """The keys of defaults that are not given; a partial or custom map is one key."""
    if (
        not isinstance(defaults, dict)
        or not defaults
        or (path.split(".")[-1] in PARTIAL and not path.startswith("global"))
    ):
        return []
    if not isinstance(given, dict):
        return [path]
    gone = [f"{path}.{key}" for key in defaults if key not in given]
    return gone + [
        below
        for key in defaults
        if key in given
        for below in missing(defaults[key], given[key], f"{path}.{key}".strip("."))
    ]


def as_one_kind(values: dict[str, Any]) -> dict[str, Any]:
    """Values in which rocm, thor and gpu, which have the same keys, are one section."""
    others = {key: value for key, value in values.items() if key not in KINDS}
    return others | {"nodes": reduce(merge, (values[kind] for kind in KINDS))}


def test_the_profile_everything_sets_every_key() -> None:
    [file] = profiles.profile("everything").files
    free = {"securityContext", "modelFolders", "requests", "limits"}
    found = missing(as_one_kind(chart_defaults()), as_one_kind(read_values(file).values))
    assert [path for path in found if not free & set(path.split("."))] == []
