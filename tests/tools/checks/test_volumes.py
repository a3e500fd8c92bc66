"""What the check says of the volumes of nodes."""

from typing import Any

import pytest

from ai_server import checks
from tests.at import at
from tests.tools.checks.conftest import Run

CLAIM = {"persistentVolumeClaim": {"claimName": "models"}}
OF_CLUSTER = (
    "  - {apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: %s, namespace: ai-server},"
    " spec: {accessModes: [%s]}}\n"
)
BIG = (
    "  - {apiVersion: v1, kind: Node, metadata: {name: %s, labels: {kubernetes.io/arch: amd64, disk: big}},"
    " status: {allocatable: {cpu: 16, memory: 120Gi, ephemeral-storage: 500Gi, amd.com/gpu: 1}}}\n"
)
BASELINE = (
    "  - {apiVersion: v1, kind: Namespace, metadata: {name: ai-server,"
    " labels: {pod-security.kubernetes.io/enforce: baseline}}}\n"
)
NO_FOLDERS = "thor: {vllm: {cachePath: ''}, comfyui: {dataPath: ''}}"


def rules(found: list[checks.Finding]) -> list[tuple[str, str]]:
    return [(finding.rule, finding.severity) for finding in found]


@pytest.mark.parametrize(
    "source",
    [
        CLAIM,
        {"nfs": {"server": "nas.lan", "path": "/models"}},
        {"image": {"reference": "registry.lan/models:1"}},
        {"csi": {"driver": "smb.csi.k8s.io", "readOnly": True}},
        {
            "ephemeral": {
                "volumeClaimTemplate": {
                    "spec": {
                        "accessModes": ["ReadOnlyMany"],
                        "resources": {"requests": {"storage": "500Gi"}},
                        "dataSource": {"kind": "PersistentVolumeClaim", "name": "models"},
                    }
                }
            }
        },
    ],
    ids=lambda source: next(iter(source)),
)
def test_volumes_that_can_have_models_are_silent(run: Run, source: dict[str, Any]) -> None:
    assert run(at("global.modelsVolume", source)) == []


def test_a_later_file_removes_a_source_with_null(run: Run) -> None:
    earlier, later = at("global.modelsVolume", CLAIM), {"hostPath": {"path": "/srv/models"}}
    [finding] = run(earlier, at("global.modelsVolume", later))
    assert (finding.rule, "null removes" in finding.fix) == ("kubernetes/field-value", True)
    assert run(earlier, at("global.modelsVolume", {**later, "persistentVolumeClaim": None})) == []


@pytest.mark.parametrize(
    ("path", "silent"),
    [
        *((path, True) for path in ("/models", "/nvme0/ai", "/var/mnt/models", "/var/lib/ai-server/x", "/usr2", "/x")),
        *((path, True) for path in ("/tank", "/srv", "/mnt", "/opt", "/home/me/models", "/home/me/.cache/huggingface")),
        *((path, True) for path in ("/var/home/me/models", "/run/media/me/disk", "/root/models", "/usr/share/models")),
        *((path, False) for path in ("/var", "/var/lib", "/var/lib/kubelet", "/etc/x", "/home/me", "/srv/../etc")),
        *(
            (path, False)
            for path in ("/home", "/home/me/.ssh/x", "/root", "/run/x", "/tmp/models", "/var/lib/rancher/k3s")
        ),
    ],
)
def test_any_folder_outside_the_system_can_have_models(run: Run, path: str, silent: bool) -> None:
    assert ("cluster/host-path" not in dict(rules(run(at("global.modelsPath", path))))) == silent


@pytest.mark.parametrize(
    ("path", "read_only", "silent"),
    [
        ("/usr/share/zoneinfo", True, True),
        ("/usr/share/zoneinfo", False, False),
        ("/etc/localtime", True, True),
        ("/etc/localtime", False, False),
        ("/home/me/pictures", False, True),
        ("/dev/dri/renderD128", False, True),
        ("/dev/mem", True, False),
    ],
)
def test_what_a_pod_may_only_read_is_less_dangerous(run: Run, path: str, read_only: bool, silent: bool) -> None:
    volume = at("thor.pod.extraVolumes", [{"name": "mine", "hostPath": {"path": path}}])
    mount = at("thor.vllm.extraVolumeMounts", [{"name": "mine", "mountPath": "/mine", "readOnly": read_only}])
    assert ("cluster/host-path" not in dict(rules(run(volume, mount)))) == silent


@pytest.mark.parametrize(
    ("modes", "values", "found"),
    [
        ("ReadWriteOnce", "rocm: {}", True),
        ("ReadWriteOncePod", "rocm: {}", True),
        ("ReadWriteOnce, ReadOnlyMany", "rocm: {}", False),
        ("ReadWriteMany", "rocm: {}", False),
        ("ReadWriteOnce", "thor: {modelsVolume: {nfs: {server: a, path: /b}}}", False),
        ("ReadWriteOnce", "{thor: {enabled: false}, rocm: {nodes: {halo: {selector: {disk: big}}}}}", True),
        ("ReadWriteOnce", "{thor: {enabled: false}, rocm: {nodes: {halo: {selector: {pool: a}}}}}", False),
    ],
)
def test_a_claim_of_several_nodes_can_be_mounted_by_all_of_them(run: Run, modes: str, values: str, found: bool) -> None:
    cluster = OF_CLUSTER % ("models", modes) + "".join(BIG % name for name in ("a", "b"))
    result = run(at("rocm.modelsVolume", CLAIM), at("thor.modelsVolume", CLAIM), values, cluster=cluster)
    assert [finding.key for finding in result if finding.rule == "cluster/access-mode"] == [
        "rocm.modelsVolume.persistentVolumeClaim.claimName"
    ] * found


ON_HALO = "{rocm: {nodes: {second: {node: halo, accelerator: cpu}}}, thor: {enabled: false}}"


def test_entries_on_one_machine_can_share_a_claim_of_one_node(run: Run) -> None:
    found = run(at("global.modelsVolume", CLAIM), ON_HALO, cluster=OF_CLUSTER % ("models", "ReadWriteOnce"))
    assert "cluster/access-mode" not in dict(rules(found))


@pytest.mark.parametrize("values", [ON_HALO, "{rocm: {enabled: false}, thor: {pods: separate}}"])
def test_two_pods_of_a_machine_cannot_share_a_claim_of_one_pod(run: Run, values: str) -> None:
    found = run(at("global.modelsVolume", CLAIM), values, cluster=OF_CLUSTER % ("models", "ReadWriteOncePod"))
    [message] = [finding.message for finding in found if finding.rule == "cluster/access-mode"]
    assert message.startswith("only one pod can mount claim models (ReadWriteOncePod), but")


def test_a_claim_that_the_namespace_does_not_have_is_reported_once(run: Run) -> None:
    [found] = run(at("global.modelsVolume", CLAIM), cluster=OF_CLUSTER % ("other", "ReadOnlyMany"))
    assert (found.rule, found.fix) == ("kubernetes/missing-reference", "use one of: other")


def test_a_release_without_folders_of_nodes_is_admitted_by_baseline(run: Run) -> None:
    assert rules(run("rocm: {}", cluster=BASELINE)) == [("cluster/pod-security", "error")]
    assert run(at("global.modelsVolume", CLAIM), NO_FOLDERS, cluster=BASELINE) == []


def test_writable_folders_of_nodes_are_still_rejected_by_baseline(run: Run) -> None:
    [found] = run(at("global.modelsVolume", CLAIM), cluster=BASELINE)
    assert "the node's folder /var/lib/ai-server/vllm" in found.message


def test_a_folder_may_replace_a_volume_that_is_more_general(run: Run) -> None:
    folder = at("rocm.nodes.halo.modelsVolume", {"hostPath": {"path": "/srv/models"}})
    assert rules(run(folder)) == [("programs/models-volume", "hint")]
    assert run(folder, at("global.modelsVolume", CLAIM)) == []
    assert run(folder, at("rocm.modelsVolume", CLAIM)) == []


def test_a_custom_init_container_may_fill_an_empty_volume(run: Run) -> None:
    security = (
        "securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}"
    )
    container = f"{{name: get, image: 'ghcr.io/a/get:1', {security}, volumeMounts: [{{name: models, mountPath: /m}}]}}"
    values = f"rocm: {{modelsVolume: {{emptyDir: {{}}}}, pod: {{extraInitContainers: [{container}]}}}}"
    assert rules(run(values)) == [("programs/models-volume", "warning")]


@pytest.mark.parametrize(("version", "found"), [("1.34.9", True), ("1.35.0", False), ("1.36.1", False)])
def test_image_volumes_are_on_by_default_since_1_35(run: Run, version: str, found: bool) -> None:
    values = at("global.modelsVolume", {"image": {"reference": "registry.lan/models:1"}})
    assert rules(run(values, kube_version=version)) == [("kubernetes/image-volume", "error")] * found


@pytest.mark.parametrize("path", ["rocm", "thor.vllm", "thor.comfyui", "thor.speech"])
def test_shared_memory_of_any_program_must_fit_its_memory(run: Run, path: str) -> None:
    [found] = run(at(f"{path}.shmSize", "300Gi"))
    assert (found.rule, found.key) == ("programs/cache-over-limit", f"{path}.shmSize")


@pytest.mark.parametrize(
    ("mount", "found"),
    [("/data/ai-models/more", True), ("/data/ai-models-too", False), ("/data", False), ("/tmp/more", False)],
)
def test_only_a_mount_inside_a_read_only_one_is_reported(run: Run, mount: str, found: bool) -> None:
    values = "rocm: {pod: {extraVolumes: [{name: more, emptyDir: {}}]}}"
    result = run(values, at("rocm.extraVolumeMounts", [{"name": "more", "mountPath": mount}]))
    assert ("kubernetes/mount-in-read-only", "error") in rules(result) or not found
    assert (result != []) == found


def test_a_volume_without_a_required_field_is_one_finding(run: Run) -> None:
    [found] = run("rocm: {modelsVolume: {nfs: {server: nas.lan}}}")
    assert (found.rule, found.key) == ("values/missing-key", "rocm.modelsVolume.nfs.path")


def test_replicas_of_a_node_are_not_those_of_the_gateway(run: Run) -> None:
    [found] = run("rocm: {nodes: {halo: {replicas: 2}}}")
    assert (found.rule, "litellm" in found.fix) == ("values/renamed-key", False)


@pytest.mark.parametrize("mode", ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany"])
def test_a_claim_on_the_disk_of_one_node_is_for_its_pods(run: Run, mode: str) -> None:
    claim = (OF_CLUSTER % ("models", mode)).replace("accessModes", "storageClassName: local-path, accessModes")
    [finding] = run(at("global.modelsVolume", CLAIM), cluster=claim)
    assert (finding.rule, finding.key) == ("cluster/access-mode", "global.modelsVolume.persistentVolumeClaim.claimName")
    assert "a class of shared volumes, such as nas" in finding.fix
    assert run(at("global.modelsVolume", CLAIM), "thor: {enabled: false}", cluster=claim) == []


def test_a_volume_of_ones_own_on_several_nodes_is_a_claim_like_any(run: Run) -> None:
    pod = {"extraVolumes": [{"name": "loras", "persistentVolumeClaim": {"claimName": "loras"}}]}
    cluster = OF_CLUSTER % ("loras", "ReadWriteOnce")
    assert rules(run(at("global.pod", pod), cluster=cluster)) == [("cluster/access-mode", "error")]
    assert run(at("rocm.pod", pod), cluster=cluster) == []


def test_replicas_are_not_sent_to_a_claim_of_one_node(run: Run) -> None:
    page = {"mode": "standalone", "replicas": 2, "persistence": {"accessMode": "ReadWriteMany"}}
    [fix] = [finding.fix for finding in run(at("openwebui", page)) if finding.rule == "cluster/access-mode"]
    assert fix == "use a class of shared volumes, such as nas"
