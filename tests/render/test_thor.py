"""vLLM, ComfyUI and speech on a Thor."""

import json

import pytest
import yaml

from ai_server.checks import facts
from tests.at import at
from tests.conftest import Rendered
from tests.render.common import THOR, container, env, flag

POD = "ai-server-thor-thor"


def test_the_three_programs_share_one_pod(rendered: Rendered) -> None:
    pod = rendered(THOR).pod(POD)
    assert [container["name"] for container in pod.containers(init=False)] == ["vllm", "comfyui", "speech"]
    assert pod.spec["runtimeClassName"] == "nvidia"


def test_separate_pods_keep_their_services(rendered: Rendered) -> None:
    together, apart = rendered(THOR), rendered(THOR, "thor: {pods: separate}")
    names = [
        [service["metadata"]["name"] for service in manifests.of_kind("Service")] for manifests in (together, apart)
    ]
    assert names[0] == names[1]
    for program in ("vllm", "comfyui", "speech"):
        [pod] = apart.selected_by(apart.get("Service", f"{POD}-{program}"))
        assert [container["name"] for container in pod.containers(init=False)] == [program]


@pytest.mark.parametrize("off", ["vllm", "comfyui", "speech"])
def test_every_program_can_be_disabled(rendered: Rendered, off: str) -> None:
    manifests = rendered(THOR, at(f"thor.nodes.thor.{off}.enabled", False))
    assert off not in [container["name"] for container in manifests.pod(POD).containers()]
    assert not manifests.has("Service", f"{POD}-{off}")


def test_services_stay_up_while_another_program_loads(rendered: Rendered) -> None:
    services = [
        service
        for service in rendered(THOR).of_kind("Service")
        if service["metadata"]["labels"]["app.kubernetes.io/component"] == "thor"
    ]
    assert len(services) == 3
    assert all(service["spec"]["publishNotReadyAddresses"] for service in services)


def test_vllm_gets_its_complete_command(rendered: Rendered) -> None:
    vllm = container(rendered(THOR), POD, "vllm")
    assert vllm["command"] == ["vllm", "serve"]
    assert vllm["args"][0] == "/data/ai-models/hf/small"
    assert flag(vllm, "--served-model-name") == "small"
    assert flag(vllm, "--max-model-len") == "16384"


@pytest.mark.parametrize(
    ("size", "expected"), [("24Gi", 24 * 2**30), ("1.5Gi", 3 * 2**29), ("20G", 20 * 10**9), ("512Mi", 2**29)]
)
def test_the_kv_cache_is_given_in_bytes(rendered: Rendered, size: str, expected: int) -> None:
    vllm = container(rendered(THOR, at("thor.vllm.kvCacheMemory", size)), POD, "vllm")
    assert flag(vllm, "--kv-cache-memory-bytes") == str(expected)


def test_with_a_size_in_bytes_vllm_starts_on_a_shared_gpu(rendered: Rendered) -> None:
    vllm = container(rendered(THOR, "thor: {vllm: {kvCacheMemory: 24Gi, gpuMemoryUtilization: 0.9}}"), POD, "vllm")
    assert float(flag(vllm, "--gpu-memory-utilization") or "nan") < 0.1


def test_the_kv_cache_can_be_a_share_of_the_memory_instead(rendered: Rendered) -> None:
    vllm = container(rendered(THOR, 'thor: {vllm: {kvCacheMemory: "", gpuMemoryUtilization: 0.45}}'), POD, "vllm")
    assert flag(vllm, "--gpu-memory-utilization") == "0.45"
    assert flag(vllm, "--kv-cache-memory-bytes") is None


def test_speech_listens_on_a_port_of_its_own_and_fetches_nothing(rendered: Rendered) -> None:
    speech = env(container(rendered(THOR), POD, "speech"))
    assert speech["UVICORN_PORT"] == "8001"
    assert speech["HF_HUB_OFFLINE"] == "1"
    assert speech["HF_HUB_CACHE"] == "/data/ai-models/huggingface/hub"


@pytest.mark.parametrize(("device", "visible"), [("cpu", "void"), ("cuda", "all")])
def test_speech_sees_the_gpu_only_when_it_uses_it(rendered: Rendered, device: str, visible: str) -> None:
    speech = container(rendered(THOR, at("thor.speech.device", device)), POD, "speech")
    assert env(speech)["NVIDIA_VISIBLE_DEVICES"] == visible


def test_a_custom_speech_server_gets_its_port_and_key_in_its_own_way(rendered: Rendered) -> None:
    own = "thor: {speech: {image: {repository: me/speech, tag: '1'}, portEnv: PORT, apiKeyEnv: '', port: 9000}}"
    speech = env(container(rendered(THOR, own), POD, "speech"))
    assert speech["PORT"] == "9000"
    assert not {"API_KEY", "UVICORN_PORT"} & speech.keys()


def test_comfyui_gets_no_secret_and_no_shared_environment(rendered: Rendered) -> None:
    shared = "global: {container: {extraEnv: {TOKEN: {valueFrom: {secretKeyRef: {name: a, key: b}}}}}}"
    manifests = rendered(THOR, shared)
    assert "TOKEN" in env(container(manifests, POD, "vllm"))
    assert all(isinstance(value, str) for value in env(container(manifests, POD, "comfyui")).values())


def test_comfyui_finds_models_where_they_are_and_writes_elsewhere(rendered: Rendered) -> None:
    manifests = rendered(THOR)
    paths = yaml.safe_load(manifests.get("ConfigMap", f"{POD}-comfyui")["data"]["extra_model_paths.yaml"])
    comfyui = container(manifests, POD, "comfyui")
    assert paths["ai_models"]["base_path"] == "/data/ai-models/comfyui"
    assert flag(comfyui, "--output-directory") == "/comfyui/output"
    assert "--enable-manager" not in comfyui["args"]


def test_comfyui_looks_for_every_kind_of_model_that_it_knows(rendered: Rendered) -> None:
    data = rendered(THOR).get("ConfigMap", f"{POD}-comfyui")["data"]
    kinds = yaml.safe_load(data["extra_model_paths.yaml"])["ai_models"].keys() - {"base_path"}
    assert set(facts.table("comfyui_folders")) - kinds == {"configs", "custom_nodes", "datasets", "fonts"}
    assert kinds <= set(facts.table("comfyui_folders"))


def test_writable_folders_exist_before_comfyui_starts(rendered: Rendered) -> None:
    folders = container(rendered(THOR), POD, "folders")
    for folder in ("input", "output", "temp", "user"):
        assert f"/comfyui/{folder}" in folders["command"][-1]
    assert {"name": "comfyui-data", "mountPath": "/comfyui"} in folders["volumeMounts"]


def test_no_folders_are_made_where_nothing_needs_them(rendered: Rendered) -> None:
    pod = rendered(THOR, 'thor: {comfyui: {enabled: false}, vllm: {cachePath: ""}, memoryCheck: false}').pod(POD)
    assert "initContainers" not in pod.spec
    assert {"name": "vllm-cache", "emptyDir": {}} in pod.spec["volumes"]


def test_shared_memory_has_the_given_size(rendered: Rendered) -> None:
    volumes = rendered(THOR, "thor: {vllm: {shmSize: 8Gi}}").pod(POD).spec["volumes"]
    assert {"name": "vllm-shm", "emptyDir": {"medium": "Memory", "sizeLimit": "8Gi"}} in volumes


def test_a_device_plugin_counts_one_gpu_for_each_program_that_uses_it(rendered: Rendered) -> None:
    manifests = rendered(THOR, "thor: {gpuAccess: devicePlugin}")
    limits = [
        (container["name"], container["resources"].get("limits", {}).get("nvidia.com/gpu"))
        for container in manifests.pod(POD).containers(init=False)
    ]
    assert limits == [("vllm", 1), ("comfyui", 1), ("speech", None)]


def test_the_runtime_class_is_made_only_when_asked_for(rendered: Rendered) -> None:
    assert rendered(THOR).of_kind("RuntimeClass") == []
    [made] = rendered(THOR, "thor: {createRuntimeClass: true}").of_kind("RuntimeClass")
    assert (made["metadata"]["name"], made["handler"], "namespace" in made["metadata"]) == (
        "nvidia",
        "nvidia",
        False,
    )


def test_a_pool_of_thors_is_a_daemonset(rendered: Rendered) -> None:
    manifests = rendered(THOR, "thor: {nodes: {thor: {selector: {gpu: thor}}}}")
    assert manifests.get("DaemonSet", POD)["spec"]["template"]["spec"]["nodeSelector"] == {"gpu": "thor"}


def test_vllm_runs_as_its_own_user_and_others_as_theirs(rendered: Rendered) -> None:
    users = {
        container["name"]: container["securityContext"]["runAsUser"]
        for container in rendered(THOR).pod(POD).containers(init=False)
    }
    assert users == {"vllm": 2000, "comfyui": 1000, "speech": 1000}


@pytest.mark.parametrize(
    ("speech", "command"),
    [
        ("{extraArgs: [--log-level, debug]}", ["uvicorn", "--factory", "speaches.main:create_app"]),
        ("{extraArgs: [--log-level, debug], command: [python3, mine.py]}", ["python3", "mine.py"]),
        ("{extraArgs: [--fast], image: {repository: me/whisper-kokoro, tag: '1'}}", None),
        ("{}", None),
    ],
)
def test_arguments_of_speaches_come_with_its_program(
    rendered: Rendered, speech: str, command: list[str] | None
) -> None:
    assert container(rendered(THOR, f"thor: {{speech: {speech}}}"), POD, "speech").get("command") == command


@pytest.mark.parametrize("path", ["/data/models #1", "/data/a: b", "/data/{a}", "/data/a, b", "/data/'a\"b"])
def test_a_folder_with_odd_characters_is_the_folder_that_is_mounted(rendered: Rendered, path: str) -> None:
    manifests = rendered(THOR, json.dumps({"global": {"modelsPath": path}}))
    assert {"path": path, "type": "Directory"} in [
        volume.get("hostPath") for volume in manifests.pod(POD).spec["volumes"]
    ]
    text = manifests.get("ConfigMap", "ai-server-thor-thor-comfyui")["data"]["extra_model_paths.yaml"]
    assert yaml.safe_load(text)["ai_models"]["base_path"] == f"{path}/comfyui"
