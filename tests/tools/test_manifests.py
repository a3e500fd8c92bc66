"""Finds objects by kind and name, and pods in all kinds of workloads."""

import pytest

from ai_server.kube.manifests import Manifests, Pod

POD = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c"}]}}


def item(kind: str, spec: dict) -> dict:
    return {"kind": kind, "metadata": {"name": kind.lower(), "labels": {"a": "b"}}, "spec": spec}


ALL = Manifests(
    [
        item("Deployment", {"template": POD}),
        item("DaemonSet", {"template": POD}),
        item("StatefulSet", {"template": POD}),
        item("Job", {"template": POD}),
        item("CronJob", {"jobTemplate": {"spec": {"template": POD}}}),
        item("Pod", POD["spec"]),
        item("Service", {"selector": {"a": "b"}, "ports": []}),
    ]
)


def test_pods_are_found_in_every_kind_of_workload() -> None:
    assert [pod.name for pod in ALL.pods()] == ["deployment", "daemonset", "statefulset", "job", "cronjob", "pod"]
    assert all([container["name"] for container in pod.containers()] == ["c"] for pod in ALL.pods())


def test_a_services_pods_are_those_with_its_labels() -> None:
    assert len(ALL.selected_by(ALL.get("Service", "service"))) == 6
    assert ALL.selected_by(item("Service", {"selector": {"a": "c"}})) == []
    assert ALL.selected_by(item("Service", {})) == []


def test_a_missing_object_is_reported_with_the_existing_ones() -> None:
    with pytest.raises(LookupError, match="objects of that kind: deployment"):
        ALL.get("Deployment", "gone")


def test_every_kind_of_reference_is_found() -> None:
    spec = {
        "volumes": [
            {"configMap": {"name": "map"}},
            {"secret": {"secretName": "secret", "optional": True}},
            {"persistentVolumeClaim": {"claimName": "claim"}},
        ],
        "containers": [
            {
                "env": [{"valueFrom": {"secretKeyRef": {"name": "key"}}}, {"value": "x"}],
                "envFrom": [{"configMapRef": {"name": "env"}}],
            }
        ],
        "serviceAccountName": "account",
        "runtimeClassName": "nvidia",
        "priorityClassName": "ai",
        "imagePullSecrets": [{"name": "pull"}],
    }
    found = {(reference.kind, reference.name, reference.optional) for reference in Pod({}, {}, spec).references()}
    assert found == {
        ("ConfigMap", "map", False),
        ("ConfigMap", "env", False),
        ("Secret", "secret", True),
        ("Secret", "key", False),
        ("Secret", "pull", False),
        ("PersistentVolumeClaim", "claim", False),
        ("ServiceAccount", "account", False),
        ("RuntimeClass", "nvidia", False),
        ("PriorityClass", "ai", False),
    }
