"""The facts of a cluster from a file, and the nodes on which pods can run according to them."""

import json
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from kubernetes.client.exceptions import ApiException

from ai_server.errors import UserError
from ai_server.kube.cluster_facts import _secrets, read_facts
from ai_server.kube.live import if_there
from ai_server.kube.manifests import Pod
from ai_server.kube.nodes import human, quantity, requests, selected, untolerated

NODE = {
    "metadata": {"name": "halo", "labels": {"pool": "a", "cores": "16"}},
    "spec": {"taints": [{"key": "k", "value": "v", "effect": "NoSchedule"}]},
}

WRONG = {
    "kind: List\nitems: []\n": "contains no Node",
    "kind: List\nitems: [{kind: Node}]\n": ":2: Node without a name: it has no metadata",
    "kind: List\nitems: [{kind: ConfigMap, metadata: {name: a}}]\n": "ConfigMap a does not belong in a cluster file",
    "kind: List\nitems: [{kind: Node, metadata: {name: a}}, {kind: Node, metadata: {name: a}}]\n": "duplicate Node a",
    "kind: NodeList\nitems: []\n": "contains no Node",
    "kind: Namespace\nmetadata: {name: a, labels: [x]}\n": "Namespace a: metadata.labels must be a map of keys",
    "kind: Namespace\nmetadata: {name: a}\n---\nkind: Namespace\nmetadata: {name: a, labels: {}}\n": "duplicate Namespace a",
    "hello\n": "an item is not a Kubernetes object",
    "kind: Node\nmetadata: null\n": ":2: Node without a name: metadata must be a map of keys, but is null",
    "kind: Node\nmetadata: {name: 5}\n": ':2: Node 5: metadata.name must be text, but is 5\nquote it: "5"',
    "kind: Node\nmetadata: {name: a}\nspec: x\n": ':3: Node a: spec must be a map of keys, but is "x"',
    "kind: Node\nmetadata: {name: a}\nspec:\n  taints:\n    - a=b:NoSchedule\n": r":5: Node a: spec.taints\[0\]: .* is not a valid taint",
    "kind: Node\nmetadata: {name: a}\nspec: {taints: [{key: a}]}\n": r"Node a: spec.taints\[0\] has no effect",
    "kind: Node\nmetadata: {name: a}\nspec: {taints: [~]}\n": r"spec.taints\[0\]: .* is not a valid taint",
    "kind: Node\nmetadata: {name: a}\nstatus: {allocatable: {memory: 9GB}}\n": 'memory: "9GB" is not a valid amount',
    "kind: Node\nmetadata: {name: a}\nspec: {taints: [{key: 'a b', effect: NoSchedule}]}\n": '"a b" is not a valid label',
    "kind: Node\nmetadata: {name: a}\nspec: {taints: [{key: a, value: b=c, effect: NoSchedule}]}\n": '"b=c" is not a valid label value',
    "kind: Node\nmetadata: {name: a}\nspec:\n  taints:\n    - key: a\n      effect: noschedule\n": r':6: Node a: spec.taints\[0\].effect: "noschedule" is not a valid effect',
    "kind: Node\nmetadata: {name: a, labels: {my label: b}}\n": 'metadata.labels: "my label" is not a valid label, so',
    "kind: Node\nmetadata: {name: a, labels: {pool: big machines}}\n": 'pool: "big machines" is not a valid label value',
    "kind: Node\nmetadata: {name: Halo}\n": 'metadata.name: "Halo" is not a valid name',
    "kind: Pod\nmetadata: {name: a}\n": ":1: Pod a: it has no spec",
    "kind: Pod\nmetadata: {name: a}\nspec: {nodeName: b}\n": "Pod a: spec has no containers",
    "kind: PersistentVolumeClaim\nmetadata: {name: a}\n": "PersistentVolumeClaim a: it has no spec",
    "kind: Pod\nmetadata: {name: a}\nspec: {containers: [{ports: [{containerPort: x}]}]}\n": "must be a whole number",
    "kind: Pod\nmetadata: {name: a}\nspec: {containers: [{livenessProbe: {httpGet: {port: {}}}}]}\n": "does not have the form",
}


@pytest.mark.parametrize("text", WRONG)
def test_an_invalid_cluster_file_is_reported_in_words(tmp_path: Path, text: str) -> None:
    (tmp_path / "cluster.yaml").write_text(text)
    with pytest.raises(UserError, match=WRONG[text]):
        read_facts(tmp_path / "cluster.yaml")


def test_several_documents_are_as_good_as_a_list(tmp_path: Path) -> None:
    (tmp_path / "cluster.yaml").write_text("kind: Node\nmetadata: {name: b}\n---\nkind: Node\nmetadata: {name: a}\n")
    assert read_facts(tmp_path / "cluster.yaml").names("Node") == ["a", "b"]


def test_two_exports_may_list_the_same_object(tmp_path: Path) -> None:
    twice = "---\nkind: Namespace\nmetadata: {name: a}\n" * 2
    (tmp_path / "cluster.yaml").write_text(f"kind: Node\nmetadata: {{name: b}}\n{twice}")
    assert read_facts(tmp_path / "cluster.yaml").names("Namespace") == ["a"]


WHOLE = """kind: NodeList
apiVersion: v1
items:
  - metadata: {name: a, labels: null, creationTimestamp: null, managedFields: [{fieldsV1: {"f:spec": {}}}]}
    spec: null
    status: {allocatable: {cpu: 4, memory: 8Gi}, newOfKubernetes140: {more: true}}
---
kind: PodList
items:
  - metadata: {name: same, namespace: one}
    spec: {containers: [{name: x}]}
  - metadata: {name: same, namespace: two}
    spec: {nodeName: a, containers: []}
"""


def test_what_kubernetes_writes_is_read_whatever_its_version_and_however_short(tmp_path: Path) -> None:
    (tmp_path / "cluster.yaml").write_text(WHOLE)
    facts = read_facts(tmp_path / "cluster.yaml")
    assert (facts.names("Node"), facts.names("Pod")) == (["a"], ["same", "same"])


@pytest.mark.parametrize(("text", "known"), [("", False), ("---\nkind: IngressClassList\nitems: []\n", True)])
def test_a_kind_that_is_not_listed_is_not_known_and_an_empty_list_is_an_answer(
    tmp_path: Path, text: str, known: bool
) -> None:
    (tmp_path / "cluster.yaml").write_text(f"kind: Node\nmetadata: {{name: a}}\n{text}")
    facts = read_facts(tmp_path / "cluster.yaml")
    assert (facts.knows("IngressClass"), facts.of_kind("IngressClass")) == (known, [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("250m", "0.25"),
        ("2", "2"),
        (4, "4"),
        ("1.5", "1.5"),
        ("24Gi", str(24 * 2**30)),
        ("1k", "1000"),
        ("2G", "2000000000"),
        ("0.5Ti", str(2**39)),
    ],
)
def test_quantities_are_kubernetes_own(text: object, expected: str) -> None:
    assert quantity(text) == Decimal(expected)


@pytest.mark.parametrize("text", ["24GB", "abc", "", "1.2.3"])
def test_an_invalid_quantity_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match="is not a quantity"):
        quantity(text)


def test_amounts_are_printed_as_people_write_them() -> None:
    assert (human("memory", quantity("24Gi")), human("cpu", quantity("2500m")), human("amd.com/gpu", Decimal(2))) == (
        "24Gi",
        "2.5",
        "2",
    )


TOLERATIONS = [
    ([], False),
    ([{"key": "k", "operator": "Equal", "value": "v", "effect": "NoSchedule"}], True),
    ([{"key": "k", "value": "v"}], True),
    ([{"key": "k", "value": "w"}], False),
    ([{"key": "k", "operator": "Exists"}], True),
    ([{"operator": "Exists"}], True),
    ([{"key": "k", "operator": "Exists", "effect": "NoExecute"}], False),
    ([{"key": "other", "operator": "Exists"}], False),
]


@pytest.mark.parametrize(("tolerations", "free"), TOLERATIONS)
def test_taints_are_tolerated_as_the_scheduler_does(tolerations: list[dict], free: bool) -> None:
    assert (untolerated(NODE, tolerations) == []) is free


AFFINITIES = [
    ({"key": "pool", "operator": "In", "values": ["a", "b"]}, True),
    ({"key": "pool", "operator": "NotIn", "values": ["a"]}, False),
    ({"key": "gone", "operator": "NotIn", "values": ["a"]}, True),
    ({"key": "pool", "operator": "Exists"}, True),
    ({"key": "pool", "operator": "DoesNotExist"}, False),
    ({"key": "cores", "operator": "Gt", "values": ["8"]}, True),
    ({"key": "cores", "operator": "Lt", "values": ["8"]}, False),
]


@pytest.mark.parametrize(("expression", "fits"), AFFINITIES)
def test_required_affinity_is_read_as_the_scheduler_does(expression: dict, fits: bool) -> None:
    terms = {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}
    spec = {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}}
    assert (selected(Pod({}, {}, spec), [NODE]) == [NODE]) is fits


def container(memory: str) -> dict:
    return {"resources": {"requests": {"memory": memory}}}


def test_a_pods_request_is_its_containers_sum_or_its_largest_init_container() -> None:
    assert requests({"containers": [container("1Gi"), container("2Gi")]}) == {"memory": 3 * 2**30}
    assert requests({"containers": [container("1Gi")], "initContainers": [container("5Gi")]}) == {"memory": 5 * 2**30}


def test_a_sidecar_counts_in_addition_to_all_later_containers() -> None:
    stays = {**container("2Gi"), "restartPolicy": "Always"}
    beside = {"containers": [container("4Gi")], "initContainers": [stays]}
    before = {"containers": [container("1Gi")], "initContainers": [stays, container("5Gi")]}
    assert [requests(spec) for spec in (beside, before)] == [{"memory": 6 * 2**30}, {"memory": 7 * 2**30}]


def test_a_limit_without_a_request_counts_as_one() -> None:
    assert requests({"containers": [{"resources": {"limits": {"amd.com/gpu": 1}}}]}) == {"amd.com/gpu": 1}


class Api:
    """A client that lists Secrets, or is not allowed to."""

    def __init__(self, items: list[Any] | None, status: int = 200) -> None:
        self.items, self.status = items, status

    def list_namespaced_secret(self, namespace: str, *, _headers: dict[str, str], _preload_content: bool) -> Any:
        if self.status != 200:
            raise ApiException(status=self.status)
        assert "PartialObjectMetadataList" in _headers["Accept"]
        return SimpleNamespace(data=json.dumps({"items": self.items}))


def test_of_secrets_only_the_names_are_asked_for_and_kept() -> None:
    kept = {"kubectl.kubernetes.io/last-applied-configuration": "password"}
    [found] = _secrets(Api([{"metadata": {"name": "a", "annotations": kept}}]), "here") or []
    assert found["metadata"] == {"name": "a", "namespace": "here"}
    assert "password" not in json.dumps(found)


def test_a_namespace_without_secrets_has_none() -> None:
    assert _secrets(Api(None), "here") == []


@pytest.mark.parametrize(("status", "expected"), [(200, []), (403, None), (404, None)])
def test_a_kind_that_a_cluster_lacks_or_hides_is_not_known(status: int, expected: list[Any] | None) -> None:
    def list_all() -> Any:
        if status != 200:
            raise ApiException(status=status)
        return SimpleNamespace(items=[])

    assert if_there(list_all) == expected


def test_another_failure_of_listing_is_an_error() -> None:
    with pytest.raises(ApiException):
        if_there(Mock(side_effect=ApiException(status=500)))


def test_secrets_that_may_not_be_listed_are_not_known() -> None:
    assert _secrets(Api(None, 403), "here") is None
