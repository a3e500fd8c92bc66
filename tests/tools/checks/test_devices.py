"""Claims against the DeviceClasses and ResourceSlices of a cluster."""

import json
from typing import Any

import pytest

from ai_server import checks
from ai_server.kube.cluster_facts import ClusterFacts
from ai_server.kube.discover import as_yaml
from tests.tools.checks.conftest import Run

DRA = "rocm: {gpuAccess: dra}"
ANY = "device.driver == 'gpu.amd.com'"
TYPED = "device.driver == 'gpu.amd.com' && device.attributes['gpu.amd.com'].type == 'amdgpu'"


def device_class(name: str = "gpu.amd.com", expression: str = ANY) -> dict[str, Any]:
    selectors = [{"cel": {"expression": expression}}] if expression else []
    return {"kind": "DeviceClass", "metadata": {"name": name}, "spec": {"selectors": selectors}}


def offers(node: str, count: int = 1, driver: str = "gpu.amd.com", kind: str = "amdgpu", **pool: Any) -> dict[str, Any]:
    about = {"name": node, "generation": 1, "resourceSliceCount": 1, **pool}
    type_ = {"attributes": {"type": {"string": kind}}}
    spec = {"driver": driver, "pool": about, "devices": [{"name": f"gpu-{index}", **type_} for index in range(count)]}
    where = {"nodeName": node} if node else {"allNodes": True}
    name = f"{node}-{driver}-{kind}-{about['generation']}"
    return {"kind": "ResourceSlice", "metadata": {"name": name}, "spec": {**spec, **where}}


def cluster(*items: dict[str, Any]) -> str:
    return "".join(f"  - {json.dumps({'apiVersion': 'resource.k8s.io/v1', **item})}\n" for item in items)


def devices(found: list[checks.Finding]) -> list[str]:
    return [finding.message for finding in found if "device" in finding.rule]


def test_a_class_that_the_cluster_does_not_have_is_reported_with_what_brings_it(run: Run) -> None:
    [finding] = run(DRA, cluster=cluster(device_class("gpu.nvidia.com")))
    assert finding.rule == "cluster/no-such-device-class"
    assert finding.fix == "install AMD's GPU DRA driver: github.com/ROCm/k8s-gpu-dra-driver"


def test_a_misspelt_class_is_reported_with_the_nearest_one(run: Run) -> None:
    [finding] = run(
        "rocm: {gpuAccess: dra, gpuDeviceClass: gpu.exampl.com}", cluster=cluster(device_class("gpu.example.com"))
    )
    assert (finding.key, finding.fix) == ("rocm.gpuDeviceClass", "use gpu.example.com")


def test_no_class_at_all_is_an_answer_and_an_unlisted_kind_is_none(run: Run) -> None:
    none = "---\n{apiVersion: resource.k8s.io/v1, kind: DeviceClassList, items: []}\n"
    assert [finding.rule for finding in run(DRA, cluster=none)] == ["cluster/no-such-device-class"]
    messages = [finding.message for finding in run(DRA, also="not-checked")]
    assert len([message for message in messages if message.startswith(("DeviceClass: ", "ResourceSlice: "))]) == 2


def test_a_node_on_which_the_driver_offers_nothing_is_reported(run: Run) -> None:
    [finding] = run(DRA, cluster=cluster(device_class(), offers("small")))
    assert finding.rule == "cluster/no-device"
    assert "claims 1 device of gpu.amd.com, but node halo offers none" in finding.message
    none = "---\n{apiVersion: resource.k8s.io/v1, kind: ResourceSliceList, items: []}\n"
    assert devices(run(DRA, cluster=cluster(device_class()) + none)) == [finding.message]


def test_fewer_devices_than_claimed_are_reported_at_the_count(run: Run) -> None:
    values = "rocm: {gpuAccess: dra, gpuCount: 3}"
    finding, _ = run(values, cluster=cluster(device_class(), offers("halo", 2)))
    assert (finding.key, finding.fix) == ("rocm.gpuCount", "set gpuCount: 2")
    assert devices(run(values, cluster=cluster(device_class(), offers("halo", 3)))) == []


def test_a_gpu_that_a_plugin_offers_as_well_is_reported(run: Run) -> None:
    [finding] = run(DRA, cluster=cluster(device_class(), offers("halo")))
    assert (finding.rule, finding.key) == ("cluster/plugin-and-driver", "rocm.gpuAccess")
    assert run("thor: {gpuAccess: dra}", cluster=cluster(offers("thor", driver="gpu.nvidia.com"))) == []


def test_pods_of_one_entry_share_a_claim_and_two_entries_do_not(run: Run) -> None:
    items = cluster(device_class(), offers("halo"))
    separate = "rocm: {gpuAccess: dra, pods: separate, comfyui: {enabled: true}}"
    assert devices(run(separate, cluster=items)) == []
    finding, _ = run("rocm: {gpuAccess: dra, nodes: {other: {node: halo}}}", cluster=items)
    assert (finding.rule, finding.key) == ("cluster/no-device", "rocm.nodes.other")
    assert "offers 1, which other entries claim" in finding.message


def test_each_node_of_a_pool_needs_a_device(run: Run) -> None:
    pool = "rocm: {gpuAccess: dra, nodes: {halo: {selector: {kubernetes.io/arch: amd64}}}}"
    items = cluster(device_class(), offers("halo"))
    assert [message.endswith("node resting offers none") for message in devices(run(pool, cluster=items))] == [True]


@pytest.mark.parametrize(
    ("expression", "slices", "enough"),
    [
        (TYPED, [offers("halo", 1), offers("halo", 1, kind="amdgpu-partition")], False),
        (ANY, [offers("halo", 1), offers("halo", 1, kind="amdgpu-partition")], True),
        (ANY, [offers("halo", 2, generation=1), offers("halo", 1, generation=2)], False),
        (ANY, [offers("halo", 1), offers("halo", 1, driver="gpu.other.com", name="other")], False),
        ("", [offers("halo", 2)], True),
        ("", [offers("halo", 1)], False),
    ],
)
def test_only_devices_that_the_class_selects_count(
    run: Run, expression: str, slices: list[dict[str, Any]], enough: bool
) -> None:
    items = cluster(device_class("gpu.amd.com", expression), *slices)
    assert (devices(run("rocm: {gpuAccess: dra, gpuCount: 2}", cluster=items)) == []) == enough


@pytest.mark.parametrize(
    "items",
    [
        (device_class("gpu.own.lan", ""), offers("halo")),
        (device_class("gpu.own.lan", ANY), offers("")),
    ],
)
def test_what_cannot_be_counted_is_not_checked(run: Run, items: tuple[dict[str, Any], ...]) -> None:
    found = run("rocm: {gpuAccess: dra, gpuDeviceClass: gpu.own.lan}", cluster=cluster(*items), also="not-checked")
    messages = [finding.message for finding in found if finding.severity == "not-checked"]
    assert "the devices of gpu.own.lan: unclear which ones a node has" in messages
    assert [finding for finding in found if finding.rule == "cluster/no-device" and finding.severity == "error"] == []


def test_the_conditions_of_a_class_stay_after_discovery(run: Run) -> None:
    facts = ClusterFacts(
        "live", {"DeviceClass": [device_class("gpu.own.lan", TYPED)], "ResourceSlice": [offers("halo")]}
    )
    items = as_yaml(facts).split("items:\n")[1].replace("\n", "\n  ")
    assert run("rocm: {gpuAccess: dra, gpuDeviceClass: gpu.own.lan}", cluster=f"  {items}\n") == []
    found = run("rocm: {gpuAccess: dra, gpuDeviceClass: gpu.own.lan, gpuCount: 2}", cluster=f"  {items}\n")
    assert [finding.rule for finding in found] == ["cluster/no-device"]


def test_with_a_claim_no_device_plugin_and_no_render_group_is_needed(run: Run) -> None:
    halo = {
        "kind": "Node",
        "apiVersion": "v1",
        "metadata": {"name": "plain"},
        "status": {"allocatable": {"memory": "99Gi", "cpu": "9"}},
    }
    values = "rocm: {nodes: {plain: {gpuAccess: dra, renderGroup: 0}}}"
    assert run(values, cluster=cluster(halo, device_class(), offers("plain"))) == []


@pytest.mark.parametrize("key", ["gpuResource: other.lan/gpu", "visibleDevices: '0'", "driverCapabilities: all"])
def test_keys_of_the_other_ways_to_a_gpu_have_no_effect(run: Run, key: str) -> None:
    items = cluster(device_class("gpu.nvidia.com", ""), offers("thor", driver="gpu.nvidia.com"))
    assert [finding.rule for finding in run(f"thor: {{gpuAccess: dra, {key}}}", cluster=items)] == [
        "programs/no-effect"
    ]


@pytest.mark.parametrize("access", ["devicePlugin", "privileged"])
def test_a_device_class_has_no_effect_without_a_claim(run: Run, access: str) -> None:
    found = run(f"rocm: {{gpuAccess: {access}, gpuDeviceClass: gpu.amd.com}}")
    assert [(finding.rule, finding.key) for finding in found] == [("programs/no-effect", "rocm.gpuDeviceClass")]


def test_a_thor_with_a_claim_is_right_with_and_without_the_runtime_class(run: Run) -> None:
    items = cluster(device_class("gpu.nvidia.com", ""), offers("thor", driver="gpu.nvidia.com"))
    for values in ("thor: {gpuAccess: dra}", "thor: {gpuAccess: dra, pods: separate, pod: {runtimeClassName: ''}}"):
        assert run(values, cluster=items) == []


INTEL = device_class("gpu.intel.com", "device.driver == 'gpu.intel.com'")
ON_HALO = "rocm: {accelerator: %s, gpuAccess: dra}"


@pytest.mark.parametrize(
    ("accelerator", "fix"),
    [
        ("vulkan", "set gpuDeviceClass: gpu.intel.com (the class of node halo)"),
        ("rocm", "the GPU of node halo is gpu.intel.com: move the entry to gpu.nodes with accelerator: sycl"),
    ],
)
def test_the_class_that_the_node_has_comes_before_a_driver(run: Run, accelerator: str, fix: str) -> None:
    [finding] = run(ON_HALO % accelerator, cluster=cluster(INTEL, offers("halo", driver="gpu.intel.com")))
    assert (finding.rule, finding.fix) == ("cluster/no-such-device-class", fix)
    elsewhere = run(ON_HALO % accelerator, cluster=cluster(INTEL, offers("thor", driver="gpu.intel.com")))
    assert [finding.fix.startswith("install AMD's") for finding in elsewhere] == [True]
