"""The way back: each field that a value changes leads to the key of that value, by facts/provenance.yaml."""

import copy
import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from ai_server.checks import facts
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.origins import own_containers
from ai_server.checks.subjects.pods import objects, pods
from ai_server.checks.subjects.provenance import _patterns
from ai_server.checks.subjects.subject import Subject
from ai_server.helm.render import chart_defaults, render_unvalidated
from ai_server.kube.image_name import parse
from ai_server.kube.manifests import WORKLOADS
from ai_server.reading.profiles import Keys, Values
from ai_server.reading.textfile import Place

STAGE = yaml.safe_load("""
global: {serviceAccount: {create: true, name: ai}}
rocm:
  models: {chat: {file: gguf/chat.gguf}}
  nodes:
    halo: {renderGroup: 991, service: {type: LoadBalancer}}
    open: {renderGroup: 991, gpuAccess: privileged}
    pool: {selector: {pool: big}}
thor:
  createRuntimeClass: true
  nodes:
    thor: {vllm: {model: hf/small}, speech: {models: {whisper: {model: whisper}}}}
    plugin: {gpuAccess: devicePlugin, pods: separate, vllm: {model: hf/small}, speech: {device: cuda}}
gpu:
  models: {coder: {file: gguf/coder.gguf}}
  nodes:
    pc: {vllm: {enabled: true, model: hf/small}, comfyui: {enabled: true}, speech: {enabled: true, models: {tts: {}}}}
    shared: {gpuAccess: runtimeClass, vllm: {enabled: true, model: hf/small}, comfyui: {enabled: true}}
    claim: {gpuAccess: dra, vllm: {enabled: true, model: hf/small}, speech: {enabled: true, device: cuda}}
    claims: {gpuAccess: dra, selector: {pool: claims}}
litellm:
  ingress:
    enabled: true
    host: api.lan
    tlsSecret: api
    extraHosts: {a.lan: {tlsSecret: a}, b.lan: {tlsSecret: b}, gone.lan: {tlsSecret: c, certManager: {issuer: ""}}}
  service: {type: LoadBalancer}
  httpRoute: {enabled: true, parentRefs: [{name: a}], timeouts: {backendRequest: 1s}}
  pod: {extraVolumes: [{name: first, emptyDir: {}}]}
openwebui:
  mode: standalone
  persistence: {keep: true}
  service: {type: NodePort}
  ingress: {enabled: true, host: chat.lan, tlsSecret: chat}
""")
ENTRIES: list[Keys] = [
    ("rocm", "nodes", "halo"),
    ("rocm", "nodes", "pool"),
    ("thor", "nodes", "thor"),
    ("thor", "nodes", "plugin"),
    ("gpu", "nodes", "pc"),
    ("gpu", "nodes", "shared"),
    ("gpu", "nodes", "claim"),
    ("gpu", "nodes", "claims"),
]
OTHERS: dict[str, Any] = {
    "gpuAccess": "privileged",
    "accelerator": "vulkan",
    "backend": "vulkan",
    "gpuResource": "other.lan/gpu",
    "kvCacheMemory": "3Gi",
    "size": "512x512",
    "type": "ClusterIP",
    "fallbacks": {"other": ["chat"]},
    "models": {"other": {"file": "other.gguf", "model": "other"}},
    "tolerations": [{"key": "other", "operator": "Exists"}],
    "affinity": {"podAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": ["other"]}},
    "topologySpreadConstraints": [{"maxSkew": 7, "topologyKey": "other"}],
    "imagePullSecrets": [{"name": "other"}],
    "extraVolumes": [{"name": "other", "emptyDir": {"sizeLimit": "7Gi"}}, {"name": "another", "emptyDir": {}}],
    "modelsVolume": {"nfs": {"server": "other", "path": "/other"}},
    "extraContainers": [{"name": "other", "image": "other:1", "env": [{"name": "OTHER", "value": "1"}]}],
    "extraInitContainers": [{"name": "other-first", "image": "other:1"}],
    "extraVolumeMounts": [{"name": "other", "mountPath": "/other"}, {"name": "another", "mountPath": "/another"}],
    "extraEnv": {"HOME": "/other", "FROM": {"valueFrom": {"secretKeyRef": {"name": "other", "key": "other"}}}},
    "envFrom": [{"secretRef": {"name": "other"}}, {"prefix": "other", "configMapRef": {"name": "another"}}],
    "parentRefs": [{"name": "other", "sectionName": "other"}, {"name": "another"}],
    "hostAliases": [{"ip": "10.0.0.9", "hostnames": ["other"]}],
    "dnsConfig": {"nameservers": ["10.0.0.9"], "searches": ["other"]},
    "extraArgs": ["--other", "--another"],
    "limits": {"memory": "70Gi", "amd.com/gpu": 7, "nvidia.com/gpu": 7},
    "labels": {"other.lan/other": "1"},
    "annotations": {"other.lan/other": "1"},
    "securityContext": {"supplementalGroups": [7, 8], "fsGroup": 9, "seccompProfile": {"type": "Unconfined"}},
    "extraHosts": {
        "a.lan": {"tlsSecret": "other", "certManager": {"issuer": "other"}},
        "b.lan": {"tlsSecret": "other", "certManager": {"clusterIssuer": "other"}, "className": "other"}
        | {"annotations": {"other.lan/other": "1"}},
    },
    "nodeSelector": {"other": "1"},
    "selector": {"other": "1", "kubernetes.io/hostname": "other"},
}
"""Values to set where any other of the same type would be invalid."""
UNMARKED = ("accelerator", "backend", "gpuAccess", "kvCacheMemory", "mode", "pods", "selector", "size", "type")
"""Texts for which the chart accepts only some values."""
TOGGLES = ("existingClaim",)
"""Texts that hide other fields when set."""
MARK = re.compile(r"other[0-9]+x")
ELSEWHERE = {
    "containers.*.args.*": "flags that the chart makes of a program's own settings: subjects/programs leads back from them",
    "containers.*.env.*": "variables that the chart makes of a program's own settings: subjects/programs leads back",
    "containers.*.command.*": "the program that the chart names because extraArgs would take its place",
    "initContainers.*.command.*": "the script of a container that helps, with the settings that it looks at",
    "containers.ask-every-route.*": "the test of the release, which reads every route out of variables",
    "annotations.checksum/*": "a hash of a whole configuration",
    "metadata.annotations.nginx.*": "annotations that the chart makes for one controller, of its longest answer",
    "spec.selector.*": "the labels that select a program's pods follow how pods are divided",
    "data.*": "a program's whole configuration",
}
"""Fields that are not in the table, and why."""


def leaves(value: Any, path: Keys = ()) -> Iterator[tuple[Keys, Any]]:
    """Every value of the defaults without keys below it, and each map that users fill."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
        if path and path[-1] in OTHERS:
            yield path, {}
    else:
        yield path, value


@cache
def settable() -> dict[Keys, Any]:
    """Every key of the chart's defaults, and those of components again in their pods and in the entries of nodes."""
    found = dict(leaves(chart_defaults()))
    of_pods = {path[2:]: value for path, value in found.items() if path[:2] == ("global", "pod")}
    for component in ("rocm", "thor", "gpu", "litellm", "openwebui"):
        found |= {(component, "pod", *path): value for path, value in of_pods.items()}
    for entry in ENTRIES:
        found |= {(*entry, *path[1:]): value for path, value in found.items() if path[0] == entry[0]}
        found |= {(*entry, "selector"): {}, (*entry, "node"): ""}
    del found[("extraObjects",)]  # the objects are in the values as they are rendered
    return {path: value for path, value in found.items() if path[1:2] != ("nodes",) or len(path) > 3}


@cache
def right_side() -> frozenset[str]:
    """The keys of the table, as in its file."""
    table = yaml.safe_load(Path(facts.__file__).with_name("provenance.yaml").read_text())["fields"]
    return frozenset(text for _, texts in leaves(table) if isinstance(texts, list) for text in texts)


OWNERS: list[Keys] = [("global",), ("rocm",), ("litellm",), ("openwebui",), ("thor",), ("gpu",), *ENTRIES]
OWNERS += [
    (*owner, program)
    for owner in OWNERS
    if owner[0] in ("rocm", "thor", "gpu")
    for program in ("vllm", "comfyui", "speech")
]


@cache
def groups() -> dict[str, list[Keys]]:
    """The keys that are set in one render: the same one of every component, or of every entry; all texts, whose marks
    tell them apart; several of those that the table does not name.
    """
    found: dict[str, list[Keys]] = {}
    words = set(re.findall(r"\w+", " ".join(right_side())))
    for index, (path, value) in enumerate(settable().items()):
        owner = max((owner for owner in OWNERS if path[: len(owner)] == owner), key=len)
        level = "global" if owner[0] == "global" else "entries" if "nodes" in owner else "components"
        rest = path[len(owner) :]
        marked = isinstance(value, str) and path[-1] not in (*OTHERS, *UNMARKED, *TOGGLES)
        name = "texts" if marked else ".".join(map(str, rest)) if words & set(rest) else f"others {index % 5}"
        found.setdefault(f"{level} {name}", []).append(path)
    return found


def other(path: Keys, mark: str) -> Any:
    """A value other than the default, which contains the mark if it is text."""
    value = settable()[path]
    if path[-1] in OTHERS:
        return json.loads(json.dumps(OTHERS[str(path[-1])]).replace("other", mark))
    if isinstance(value, bool):
        staged = STAGE.get(path[0], {}).get(path[1], value)
        return not (staged if isinstance(staged, bool) else value)
    if isinstance(value, int | float):
        return value + 1
    of_type: dict[type, Any] = {list: [mark], dict: {mark: "1"}}
    return of_type.get(type(value), mark)


def seen(values: dict[str, Any]) -> RenderView:
    """A view of values, as if one file gave all of them."""

    def places(value: Any, path: Keys) -> Iterator[Keys]:
        yield path
        pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, inner in pairs:
            yield from places(inner, (*path, key))

    given = {path: Place("values.yaml", 1, 1) for path in places(values, ()) if path}
    manifests = render_unvalidated(values).manifests
    assert manifests is not None
    return RenderView(Values([], values, given), manifests=manifests)


Fields = dict[tuple[str, Keys], tuple[Subject, Any]]


def fields(view: RenderView) -> Fields:
    """Every field of every object and pod, with the items of lists by name if they have names."""
    found: Fields = {}
    for thing in objects(view):
        plain = copy.deepcopy(thing.object)
        if thing.object["kind"] in WORKLOADS:
            (plain.get("spec") or {}).pop("template", None)
        if thing.object["kind"] == "Pod":
            del plain["spec"]
        found |= {(thing.identity, path): (thing, value) for path, value in scalars(plain, ())}
    for pod in pods(view):
        metadata = {key: pod.pod.metadata.get(key) or {} for key in ("labels", "annotations")}
        metadata = {} if pod.workload.object["kind"] == "Pod" else metadata
        found |= {(pod.identity, path): (pod, value) for path, value in scalars({**pod.spec, **metadata}, ())}
    return found


def scalars(value: Any, path: Keys) -> Iterator[tuple[Keys, Any]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from scalars(parts(inner) if key == "image" else inner, (*path, key))
    elif isinstance(value, list):
        names = [item.get("name") if isinstance(item, dict) else None for item in value]
        for place, item in enumerate(value):
            named = None not in names and len(set(names)) == len(names)
            yield from scalars(item, (*path, str(names[place]) if named else place))
    else:
        yield path, value


def parts(reference: str) -> dict[str, str]:
    image = parse(reference)
    registry, _, repository = image.name.partition("/")
    return {"registry": registry, "repository": repository, "tag": image.tag, "digest": image.digest}


@cache
def before() -> Fields:
    return fields(seen(STAGE))


def changed(after: Fields) -> Iterator[tuple[str, Keys]]:
    """The changed fields of existing objects, pods and containers, and those of custom containers."""
    containers = {(name, path[:2]) for name, path in before() if path[0] in ("containers", "initContainers")}
    there = {name for name, _ in before()}
    for (name, path), (_, value) in after.items():
        new = path[0] in ("containers", "initContainers") and (name, path[:2]) not in containers
        of_chart = new and path[1] in own_containers()
        if name in there and not of_chart and before().get((name, path), (None, ...))[1] != value:
            yield name, path


def set_at(values: dict[str, Any], path: Keys, value: Any) -> None:
    for key in path[:-1]:
        values = values.setdefault(str(key), {})
    values[str(path[-1])] = value


@cache
def ways(group: str) -> list[tuple[str, Keys, list[Keys], Keys]]:
    """The fields that other values at a group's keys change, each with the keys that may have done it, by the mark in
    it, and the key that the table leads back to.
    """
    values, marks = copy.deepcopy(STAGE), {f"other{index}x": path for index, path in enumerate(groups()[group])}
    for mark, path in marks.items():
        set_at(values, path, other(path, mark))
    after = fields(seen(values))
    found = []
    for name, field in changed(after):
        thing, value = after[name, field]
        marked = [path for mark, path in marks.items() if mark in f"{field} {value}"]
        found.append((name, field, marked or list(marks.values()), thing.given(*field)))
    for name, field in before().keys() - after.keys():
        gone = before()[name, field][0].given(*field)
        found += [(name, field, [gone], gone)] if any(gone[: len(path)] == path for path in marks.values()) else []
    return found


def leads_to(found: Keys, path: Keys) -> bool:
    return found != () and (found[: len(path)] == path or path[: len(found)] == found)


def elsewhere(field: Keys, paths: list[Keys]) -> set[str]:
    """The exceptions that apply to a field, unless it may be a custom flag or variable."""
    if {"args": "extraArgs", "env": "extraEnv"}.get(str(field[2:3] and field[2])) in {path[-1] for path in paths}:
        return set()
    return {form for form in ELSEWHERE if fnmatchcase(".".join(map(str, field)), form)}


@pytest.mark.parametrize("group", groups())
def test_every_field_that_a_value_changes_leads_back_to_it(group: str) -> None:
    astray = [
        (name, field, found)
        for name, field, paths, found in ways(group)
        if not any(leads_to(found, path) for path in paths) and not elsewhere(field, paths)
    ]
    assert astray == []


def test_of_several_keys_the_nearest_one_counts() -> None:
    """Sets all texts and maps of all levels at once: the mark in a field shows which value won."""
    values, marks = copy.deepcopy(STAGE), {}
    for index, (path, value) in enumerate(settable().items()):
        if (isinstance(value, str) or path[-1] in OTHERS) and path[-1] not in UNMARKED:
            marks[f"other{index}x"] = path
            set_at(values, path, other(path, f"other{index}x"))
    after = fields(seen(values))
    won = [(marks[mark[0]], *where) for where, (_, value) in after.items() if (mark := MARK.findall(str(value)))]
    astray = [
        (path, name, field) for path, name, field in won if not leads_to(after[name, field][0].given(*field), path)
    ]
    assert len(won) > 300
    assert [entry for entry in astray if not elsewhere(entry[2], [])] == []


@pytest.fixture(scope="module")
def every_way() -> list[tuple[str, Keys, list[Keys], Keys]]:
    return [way for group in groups() for way in ways(group)]


def form(pattern: tuple[str, ...]) -> str:
    """A regular expression for the keys that a key of the table stands for."""
    meanings = {
        "{entry}": "[^|]+[|]nodes[|][^|]+[|]",
        "{component}": "[^|]+[|](?!nodes)",
        "{component of entry}": "(rocm|thor|gpu)[|](?!nodes)",
        "{host}": "[^|]+[|]",
        "{program}": "((vllm|comfyui|speech)[|])?",
        "*": "[^|]+[|]",
        "**": ".*",
    }
    plain = {part: f"{part.removesuffix('[]')}[|]" + "([0-9]+[|])?" * part.endswith("[]") for part in pattern}
    return "".join(meanings.get(part, plain[part]) for part in pattern)


@pytest.mark.parametrize("text", sorted(right_side()))
def test_every_key_of_the_table_is_found_on_some_way_back(every_way: Any, text: str) -> None:
    found = {"".join(f"{part}|" for part in keys) for *_, keys in every_way}
    unused = [pattern for pattern in _patterns(text) if not any(re.fullmatch(form(pattern), keys) for keys in found)]
    assert unused == []


def test_every_exception_is_still_one(every_way: Any) -> None:
    needed = set()
    for _, field, paths, found in every_way:
        if not any(leads_to(found, path) for path in paths):
            needed |= elsewhere(field, paths)
    assert needed == set(ELSEWHERE)
