"""Containers of a render as processes: command, environment, files, and paths below a folder."""

from pathlib import Path
from typing import Any

import pytest

from ai_server.errors import UserError
from ai_server.kube.manifests import Manifests, Pod
from ai_server.local.container import Process, Program, litellm, openwebui, process
from tests.conftest import Rendered

PYTHON = Path("/env/bin/python")
KEYS = ("BACKEND_API_KEY", "LITELLM_MASTER_KEY", "LITELLM_SALT_KEY", "WEBUI_ADMIN_PASSWORD", "WEBUI_SECRET_KEY")
SECRETS = {"ai-server-keys": {key: f"the {key}" for key in KEYS}}
MODEL = "litellm: {models: {tiny: {model: hosted_vllm/tiny, apiBase: 'http://127.0.0.1:9000/v1'}}}"


def of_release(manifests: Manifests, name: str, program: Program, below: Path) -> Process:
    pod = manifests.pod("ai-server-litellm")
    container = next(container for container in pod.containers() if container["name"] == name)
    return process(manifests, pod, container, program, below=below, secrets=SECRETS)


def of_container(
    below: Path, *, program: Program | None = None, objects: Any = (), volumes: Any = (), **container: Any
) -> Process:
    pod = Pod({"metadata": {"name": "pod"}}, {}, {"volumes": volumes})
    made = {"name": "one", **container}
    return process(Manifests(objects), pod, made, program or Program(("run",)), below=below, secrets=SECRETS)


def config_map(**data: str) -> dict[str, Any]:
    return {"kind": "ConfigMap", "metadata": {"name": "settings"}, "data": data}


def test_litellm_reads_the_rendered_configuration(rendered: Rendered, tmp_path: Path) -> None:
    started = of_release(rendered(MODEL), "litellm", litellm(PYTHON), tmp_path)
    assert started.command[:4] == ["/env/bin/python", "/env/bin/litellm", "--host", "127.0.0.1"]
    config = Path(started.command[started.command.index("--config") + 1])
    assert config == tmp_path / "etc/litellm/config.yaml"
    assert "hosted_vllm/tiny" in config.read_text()


def test_the_port_is_the_rendered_one(rendered: Rendered, tmp_path: Path) -> None:
    manifests = rendered(MODEL, "litellm: {port: 4123}\nopenwebui: {port: 8123}")
    assert of_release(manifests, "litellm", litellm(PYTHON), tmp_path).port == 4123
    page = of_release(manifests, "openwebui", openwebui(PYTHON), tmp_path)
    assert page.port == 8123
    assert page.command[page.command.index("--port") + 1] == "8123"


def test_open_webui_keeps_its_data_below_the_folder(rendered: Rendered, tmp_path: Path) -> None:
    page = of_release(rendered(MODEL), "openwebui", openwebui(PYTHON), tmp_path)
    data = tmp_path / "app/backend/data"
    assert data.is_dir()
    assert {page.env[name] for name in ("DATA_DIR", "HOME")} == {str(data)}
    assert page.env["STATIC_DIR"] == f"{data}/static"
    assert page.env["TMPDIR"] == str(tmp_path / "tmp")


def test_keys_come_from_the_secrets(rendered: Rendered, tmp_path: Path) -> None:
    page = of_release(rendered(MODEL), "openwebui", openwebui(PYTHON), tmp_path)
    assert page.env["OPENAI_API_KEY"] == "the LITELLM_MASTER_KEY"
    assert page.env["WEBUI_ADMIN_PASSWORD"] == "the WEBUI_ADMIN_PASSWORD"


def test_a_key_that_is_missing_is_an_error(tmp_path: Path) -> None:
    env = [{"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "cloud", "key": "token"}}}]
    with pytest.raises(UserError, match="TOKEN of one needs the key token of the Secret cloud"):
        of_container(tmp_path, env=env)
    env[0]["valueFrom"]["secretKeyRef"]["optional"] = True
    assert "TOKEN" not in of_container(tmp_path, env=env).env


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("/tmp", "{below}/tmp"),
        ("--folder=/tmp/a:/tmp/b", "--folder={below}/tmp/a:{below}/tmp/b"),
        ('{"path": "/tmp"}', '{"path": "{below}/tmp"}'),
        ("sqlite:////tmp/a.db", "sqlite:///{below}/tmp/a.db"),
        ("file:///tmp/a", "file://{below}/tmp/a"),
        ("http://host/tmp", "http://host/tmp"),
        ("/var/tmp", "/var/tmp"),
        ("/tmpfiles", "/tmpfiles"),
        ("/tmp/data/a", "{below}/tmp/data/a"),
    ],
)
def test_mounted_paths_are_below_the_folder(tmp_path: Path, text: str, moved: str) -> None:
    mounts = [{"name": "tmp", "mountPath": "/tmp"}, {"name": "data", "mountPath": "/tmp/data/"}]
    volumes = [{"name": "tmp", "emptyDir": {}}, {"name": "data", "emptyDir": {}}]
    wanted = moved.replace("{below}", str(tmp_path))
    env = [{"name": "PLACE", "value": text}]
    started = of_container(tmp_path, args=[text], env=env, volumeMounts=mounts, volumes=volumes)
    assert started.command == ["run", wanted]
    assert started.env["PLACE"] == wanted


def test_a_mount_may_be_another_folder(tmp_path: Path) -> None:
    pod = Pod({}, {}, {"volumes": [{"name": "models", "hostPath": {"path": "/srv"}}]})
    container = {"name": "one", "args": ["/srv/a.gguf"], "volumeMounts": [{"name": "models", "mountPath": "/srv"}]}
    places = {"/srv": tmp_path / "elsewhere"}
    started = process(
        Manifests(), pod, container, Program(("run",)), below=tmp_path / "below", secrets={}, places=places
    )
    assert started.command == ["run", f"{tmp_path}/elsewhere/a.gguf"]
    assert not (tmp_path / "below/srv").exists()


@pytest.mark.parametrize(
    ("volume", "mount", "file"),
    [
        ({}, {}, "etc/one/a.ini"),
        ({"items": [{"key": "a.ini", "path": "sub/b.ini"}]}, {}, "etc/one/sub/b.ini"),
        ({}, {"subPath": "a.ini"}, "etc/one"),
    ],
)
def test_files_of_config_maps_are_written(tmp_path: Path, volume: Any, mount: Any, file: str) -> None:
    mounts = [{"name": "files", "mountPath": "/etc/one", **mount}]
    volumes = [{"name": "files", "configMap": {"name": "settings", **volume}}]
    objects = [config_map(**{"a.ini": "folder = /etc/one"})]
    of_container(tmp_path, objects=objects, volumes=volumes, volumeMounts=mounts)
    assert (tmp_path / file).read_text() == f"folder = {tmp_path}/etc/one"


def test_variables_are_expanded_as_kubernetes_does(tmp_path: Path) -> None:
    env = [{"name": "HOST", "value": "a"}, {"name": "URL", "value": "http://$(HOST)/$$(HOST)/$(NONE)"}]
    started = of_container(tmp_path, env=env, args=["--url", "$(URL)", "$(id -u)"])
    assert started.command[1:] == ["--url", "http://a/$(HOST)/$(NONE)", "$(id -u)"]


def test_variables_of_env_win_over_those_of_config_maps_and_of_the_image(tmp_path: Path) -> None:
    program = Program(("run",), {"ONE": "image", "TWO": "image", "THREE": "image"})
    sources = [{"configMapRef": {"name": "settings"}}]
    objects = [config_map(TWO="map", THREE="map")]
    env = [{"name": "THREE", "value": "env"}]
    started = of_container(tmp_path, program=program, objects=objects, env=env, envFrom=sources)
    assert [started.env[name] for name in ("ONE", "TWO", "THREE")] == ["image", "map", "env"]


def test_an_object_of_env_from_must_exist_unless_it_is_optional(tmp_path: Path) -> None:
    source = {"secretRef": {"name": "cloud"}}
    with pytest.raises(UserError, match="one needs the Secret cloud"):
        of_container(tmp_path, envFrom=[source])
    assert of_container(tmp_path, envFrom=[{"secretRef": {"name": "cloud", "optional": True}}]).env == {}
    assert of_container(tmp_path, envFrom=[{"secretRef": {"name": "ai-server-keys"}}]).env == SECRETS["ai-server-keys"]
