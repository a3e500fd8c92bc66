"""llama.cpp on Strix Halo nodes."""

import configparser
import subprocess
from pathlib import Path

import pytest

from tests.at import at
from tests.conftest import Rendered
from tests.render.common import ROCM, TWO_MODELS, container, env, flag, llama, models, presets


def test_one_model_is_served_by_flags(rendered: Rendered) -> None:
    server = llama(rendered(ROCM))
    assert flag(server, "--model") == "/data/ai-models/gguf/chat.gguf"
    assert flag(server, "--alias") == "chat"
    assert {flag(server, "--host"), flag(server, "--port")} == {"0.0.0.0", "8080"}


@pytest.mark.parametrize(
    "name", ["ctx-size", "parallel", "cache-ram", "fit", "flash-attn", "n-gpu-layers", "load-mode", "metrics"]
)
def test_the_defaults_of_llama_cpp_are_set_explicitly(rendered: Rendered, name: str) -> None:
    assert flag(llama(rendered(ROCM)), f"--{name}") is not None


def test_several_models_are_served_by_presets_alone(rendered: Rendered) -> None:
    manifests = rendered(TWO_MODELS)
    server = llama(manifests)
    assert flag(server, "--models-preset") == "/etc/llama-server/models.ini"
    assert flag(server, "--ctx-size") is None
    parser = configparser.ConfigParser()
    parser.read_string("[top]\n" + presets(manifests))
    assert parser["embed"]["embedding"] == "true"
    assert parser["chat"]["model"] == "/data/ai-models/gguf/chat.gguf"


def test_a_change_of_presets_rolls_the_pod(rendered: Rendered) -> None:
    one, other = (rendered(TWO_MODELS, at("rocm.models.chat.ctxSize", size)) for size in (1024, 2048))
    assert (
        one.pod("ai-server-rocm-halo").metadata["annotations"]
        != other.pod("ai-server-rocm-halo").metadata["annotations"]
    )


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("server-rocm-b11434", ("none", None, "off")),
        ("server-rocm-b10980", ("none", None, "off")),
        ("gfx1151-b7600", (None, "", "off")),
        ("gfx1151-b7079", (None, "", None)),
    ],
)
def test_the_load_mode_flag_fits_the_build(rendered: Rendered, tag: str, expected: tuple[str | None, ...]) -> None:
    server = llama(rendered(ROCM, at("rocm.image.tag", tag)))
    assert (flag(server, "--load-mode"), flag(server, "--no-mmap"), flag(server, "--fit")) == expected


def test_an_old_build_maps_its_weights_without_a_flag(rendered: Rendered) -> None:
    server = llama(rendered(ROCM, "rocm: {build: 9000, server: {loadMode: mmap}}"))
    assert not {"--load-mode", "--no-mmap", "--mmap"} & set(server["args"])


def test_the_key_build_is_for_images_without_a_build_number_in_the_tag(rendered: Rendered) -> None:
    server = llama(rendered(ROCM, "rocm: {image: {repository: me/llama, tag: mine}, build: 8000}"))
    assert server["image"] == "me/llama:mine"
    assert flag(server, "--no-mmap") == ""


def test_the_vulkan_backend_changes_the_image_and_the_checked_devices(rendered: Rendered) -> None:
    manifests = rendered(ROCM, "rocm: {backend: vulkan}")
    assert llama(manifests)["image"] == "ghcr.io/ggml-org/llama.cpp:server-vulkan-b11434"
    assert "/dev/kfd" not in container(manifests, "ai-server-rocm-halo", "device-check")["command"][-1]


def test_a_device_plugin_gives_the_gpu_to_check_and_server(rendered: Rendered) -> None:
    manifests = rendered(ROCM)
    for name in ("device-check", "llama-server"):
        assert container(manifests, "ai-server-rocm-halo", name)["resources"]["limits"] == {"amd.com/gpu": 1}


def test_a_privileged_pod_asks_no_plugin(rendered: Rendered) -> None:
    server = llama(rendered(ROCM, "rocm: {nodes: {halo: {gpuAccess: privileged}}}"))
    assert server["securityContext"]["privileged"] is True
    assert "allowPrivilegeEscalation" not in server["securityContext"]
    assert "limits" not in server["resources"]


def test_the_render_group_is_the_nodes_own(rendered: Rendered) -> None:
    manifests = rendered(ROCM, "rocm: {nodes: {other: {renderGroup: 993}}}")
    groups = [
        manifests.pod(f"ai-server-rocm-{node}").spec["securityContext"]["supplementalGroups"]
        for node in ("halo", "other")
    ]
    assert groups == [[991], [993]]


def test_the_users_groups_do_not_remove_the_render_group(rendered: Rendered) -> None:
    pod = rendered(ROCM, "global: {pod: {securityContext: {supplementalGroups: [4000]}}}").pod("ai-server-rocm-halo")
    assert pod.spec["securityContext"]["supplementalGroups"] == [991, 4000]


def test_a_selector_makes_a_daemonset_behind_one_service(rendered: Rendered) -> None:
    manifests = rendered(ROCM, "rocm: {nodes: {halo: {selector: {pool: a}}}}")
    pool = manifests.get("DaemonSet", "ai-server-rocm-halo")
    assert pool["spec"]["updateStrategy"]["rollingUpdate"] == {"maxUnavailable": 1}
    assert manifests.pod("ai-server-rocm-halo").spec["nodeSelector"] == {"pool": "a"}
    assert len(manifests.selected_by(manifests.get("Service", "ai-server-rocm-halo"))) == 1


def test_the_pod_of_a_named_node_is_recreated_not_rolled(rendered: Rendered) -> None:
    spec = rendered(ROCM).get("Deployment", "ai-server-rocm-halo")["spec"]
    assert spec["strategy"] == {"type": "Recreate"}
    assert "replicas" not in spec


def test_the_node_of_an_entry_defaults_to_its_key(rendered: Rendered) -> None:
    manifests = rendered(ROCM, "rocm: {nodes: {b: {node: halo-21, renderGroup: 1}}}")
    hosts = [
        manifests.pod(f"ai-server-rocm-{key}").spec["nodeSelector"]["kubernetes.io/hostname"] for key in ("halo", "b")
    ]
    assert hosts == ["halo", "halo-21"]


def test_models_are_mounted_read_only_from_the_node(rendered: Rendered) -> None:
    pod = rendered(ROCM, "global: {modelsPath: /srv/m}").pod("ai-server-rocm-halo")
    assert {"name": "models", "hostPath": {"path": "/srv/m", "type": "Directory"}} in pod.spec["volumes"]
    [server] = pod.containers(init=False)
    assert {"name": "models", "mountPath": "/srv/m", "readOnly": True} in server["volumeMounts"]


def test_the_key_comes_from_the_secret(rendered: Rendered) -> None:
    assert env(llama(rendered(ROCM)))["LLAMA_API_KEY"] == {
        "secretKeyRef": {"name": "ai-server-keys", "key": "BACKEND_API_KEY"}
    }


def test_llama_server_shows_no_page_and_fetches_nothing(rendered: Rendered) -> None:
    found = env(llama(rendered(ROCM)))
    assert {found["LLAMA_ARG_UI"], found["LLAMA_ARG_OFFLINE"]} == {"false", "true"}


def test_the_startup_budget_is_a_value(rendered: Rendered) -> None:
    probe = llama(rendered(ROCM, "rocm: {startupSeconds: 601}"))["startupProbe"]
    assert probe["failureThreshold"] * probe["periodSeconds"] >= 601


LEVELS = [
    "rocm: {server: {ctxSize: 1}}",
    "rocm: {models: {chat: {ctxSize: 2}}}",
    "rocm: {nodes: {halo: {server: {ctxSize: 3}}}}",
]
LEVELS += ["rocm: {nodes: {halo: {overrides: {chat: {ctxSize: 4}}}}}"]


@pytest.mark.parametrize("level", range(4))
def test_a_setting_nearer_to_the_model_on_the_node_wins(rendered: Rendered, level: int) -> None:
    server = llama(rendered(ROCM, *LEVELS[: level + 1]))
    assert flag(server, "--ctx-size") == str(level + 1)


def test_large_numbers_keep_their_digits(rendered: Rendered) -> None:
    server = llama(rendered(ROCM, "rocm: {models: {chat: {ctxSize: 1048576, flags: {seed: 16777217, temp: 0.6}}}}"))
    assert [flag(server, f"--{name}") for name in ("ctx-size", "seed", "temp")] == [
        "1048576",
        "16777217",
        "0.6",
    ]


def test_a_flag_set_to_false_removes_the_charts_own(rendered: Rendered) -> None:
    assert flag(llama(rendered(ROCM, "rocm: {server: {flags: {cache-ram: false}}}")), "--cache-ram") is None


@pytest.mark.parametrize(("mode", "size"), [("chat", "2048"), ("embedding", "0"), ("rerank", "0")])
def test_only_models_that_complete_keep_prompts_in_memory(rendered: Rendered, mode: str, size: str) -> None:
    assert flag(llama(rendered(ROCM, at("rocm.models.chat.mode", mode))), "--cache-ram") == size


@pytest.mark.parametrize(("mode", "name"), [("embedding", "--embedding"), ("rerank", "--reranking")])
def test_a_models_mode_sets_its_flag(rendered: Rendered, mode: str, name: str) -> None:
    assert flag(llama(rendered(ROCM, at("rocm.models.chat.mode", mode))), name) == ""


def test_a_node_serves_the_models_it_names_or_all_of_them(rendered: Rendered) -> None:
    manifests = rendered(TWO_MODELS, "rocm: {nodes: {b: {renderGroup: 1, serve: [embed]}}}")
    assert "[chat]" in presets(manifests)
    assert "[embed]" in presets(manifests)
    assert flag(llama(manifests, "b"), "--alias") == "embed"


def test_load_on_startup_can_be_off_for_one_model(rendered: Rendered) -> None:
    text = presets(rendered(TWO_MODELS, "rocm: {models: {embed: {loadOnStartup: false}}}"))
    assert text.count("load-on-startup = false") == 1
    assert text.count("load-on-startup = true") == 1


@pytest.mark.parametrize(("models_max", "loaded"), [(1, 1), (2, 2), (3, 3), (0, 3)])
def test_no_more_models_are_loaded_at_the_start_than_may_be_in_memory(
    rendered: Rendered, models_max: int, loaded: int
) -> None:
    # llama-server b11669 exits: "number of models to load on startup (3) exceeds models_max (2)"
    three = at("rocm.modelsMax", models_max, "rocm.models.third.file", "gguf/third.gguf")
    text = presets(rendered(TWO_MODELS, three))
    assert text.count("load-on-startup = true") == loaded
    assert text.count("load-on-startup = false") == 3 - loaded


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("{}", ("2048", "512")),
        ("{ubatchSize: 4096}", ("4096", "4096")),
        ("{batchSize: 1024}", ("1024", "512")),
        ("{mode: embedding, ctxSize: 8192}", ("2048", "2048")),
        ("{mode: rerank, ctxSize: 8192, parallel: 8}", ("1024", "1024")),
        ("{mode: embedding, ctxSize: 0}", ("2048", "2048")),
        ("{mode: embedding, ctxSize: 8192, ubatchSize: 4096}", ("4096", "4096")),
        ("{mode: embedding, ctxSize: 8192, batchSize: 8192, ubatchSize: 512}", ("8192", "512")),
    ],
)
def test_an_embedding_or_rerank_input_fits_into_one_physical_batch(
    rendered: Rendered, settings: str, expected: tuple[str, str]
) -> None:
    server = llama(rendered(ROCM, f"rocm: {{build: 11434, models: {{chat: {settings}}}}}"))
    assert (flag(server, "--batch-size"), flag(server, "--ubatch-size")) == expected


def test_a_build_that_frees_its_output_processes_a_slot_in_one_batch(rendered: Rendered) -> None:
    values = "rocm: {build: 11669, models: {chat: {mode: embedding, ctxSize: 8192}}}"
    assert flag(llama(rendered(ROCM, values)), "--ubatch-size") == "8192"


@pytest.mark.parametrize(
    ("settings", "tokens"),
    [
        ("{mode: embedding, ctxSize: 8192}", 2048),
        ("{mode: embedding, ctxSize: 8192, ubatchSize: 512}", 512),
        ("{mode: embedding, ctxSize: 8192, flags: {ubatch-size: 256}}", 256),
        ("{mode: embedding, ctxSize: 8192, batchSize: 1024}", 1024),
        ("{mode: rerank, ctxSize: 0}", 2048),
        ("{mode: embedding, ctxSize: 8192, pooling: last}", 8192),
        ("{ctxSize: 8192, parallel: 2}", 4096),
        ("{ctxSize: 0}", None),
    ],
)
def test_the_gateway_knows_the_longest_input_of_a_model(rendered: Rendered, settings: str, tokens: int | None) -> None:
    [entry] = models(rendered(ROCM, f"rocm: {{build: 11434, models: {{chat: {settings}}}}}"))
    assert entry["model_info"].get("max_input_tokens") == tokens


@pytest.mark.parametrize(
    ("settings", "devices"),
    [("{}", "ROCm0"), ("{gpuCount: 3}", "ROCm0,ROCm1,ROCm2"), ("{backend: vulkan}", "Vulkan0")],
)
def test_the_gpu_is_named_so_that_nothing_runs_on_the_cpu_by_accident(
    rendered: Rendered, settings: str, devices: str
) -> None:
    values = f"rocm: {{nodes: {{halo: {settings}}}}}"
    assert flag(llama(rendered(ROCM, values)), "--device") == devices
    router = rendered(TWO_MODELS, values)
    assert presets(router).count(f"device = {devices}\n") == 2
    assert env(llama(router))["LLAMA_ARG_DEVICE"] == devices


def test_a_model_can_name_another_device(rendered: Rendered) -> None:
    server = llama(rendered(ROCM, "rocm: {models: {chat: {flags: {device: ROCm1}}}}"))
    assert server["args"].count("--device") == 1
    assert flag(server, "--device") == "ROCm1"


SEES = {"ROCm0": "Available devices:\n  ROCm0: Radeon 8060S (124000 MiB)", "nothing": "Available devices:\n  (none)"}


@pytest.mark.parametrize(
    ("listed", "command", "status"),
    [("ROCm0", "[]", 0), ("nothing", "[]", 1), ("ROCm0", "[llama-server]", 0), ("ROCm0", "[nowhere]", 1)],
)
def test_the_device_check_stops_the_pod_unless_llama_server_sees_the_gpu(
    rendered: Rendered, tmp_path: Path, listed: str, command: str, status: int
) -> None:
    program = tmp_path / "llama-server"
    program.write_text(f"#!/bin/sh\n[ \"$*\" = --list-devices ] && printf '{SEES[listed]}'\n")
    program.chmod(0o755)
    check = container(rendered(ROCM, f"rocm: {{command: {command}}}"), "ai-server-rocm-halo", "device-check")
    words = [word.replace("/dev/kfd /dev/dri/renderD*", "/dev/null") for word in check["command"]]
    done = subprocess.run(words, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert ("does not see ROCm0" in done.stdout) == (listed == "nothing")


def test_the_device_check_sees_what_the_server_sees(rendered: Rendered) -> None:
    own = "{command: [/opt/llama-server], extraVolumeMounts: [{name: mine, mountPath: /opt}], extraEnv: {HIP_VISIBLE_DEVICES: '1'}}"
    check = container(rendered(ROCM, f"rocm: {own}"), "ai-server-rocm-halo", "device-check")
    assert env(check)["HIP_VISIBLE_DEVICES"] == "1"
    assert check["command"][-1] == "/opt/llama-server"
    assert {"name": "mine", "mountPath": "/opt"} in check["volumeMounts"]


def test_the_device_check_asks_for_each_device(rendered: Rendered) -> None:
    check = container(rendered(ROCM, "rocm: {gpuCount: 2}"), "ai-server-rocm-halo", "device-check")
    assert "for device in ROCm0 ROCm1;" in check["command"][2]


def test_a_user_who_asks_for_root_gets_it_where_the_container_is_privileged(rendered: Rendered) -> None:
    values = "rocm: {nodes: {halo: {gpuAccess: privileged, renderGroup: 0, securityContext: {runAsUser: 0}}}}"
    containers = rendered(ROCM, values).pod("ai-server-rocm-halo").containers()
    found = {container["name"]: container["securityContext"]["runAsNonRoot"] for container in containers}
    assert found == {"device-check": False, "memory-check": True, "llama-server": False}
