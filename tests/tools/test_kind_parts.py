"""The parts of a kind cluster that need no engine: its configuration, its nodes, the recipes of its images."""

import tomllib
from pathlib import Path

import pytest
import yaml

from ai_server.checks.facts.pins import pins, version_of
from ai_server.errors import UserError
from ai_server.helm import render
from ai_server.kube.cluster_facts import read_facts
from ai_server.lab.clusters import cluster, kind_config, stand_in
from ai_server.lab.containers import images, model_files
from ai_server.local import environment
from ai_server.paths import CI, IMAGES, REPOSITORY
from ai_server.reading import profiles
from ai_server.reading.profiles import profile

HOMELAB = profile("homelab")


def facts(*only: str):
    return read_facts(HOMELAB.cluster).only(only)


def test_every_node_is_a_worker_of_its_own_name_tainted_from_the_start(tmp_path: Path) -> None:
    config = yaml.safe_load(kind_config.config(facts("aimax", "rpi2"), "localhost/ai-server/kind-node:v1", tmp_path))
    control, *workers = config["nodes"]
    joins = [yaml.safe_load(worker["kubeadmConfigPatches"][0])["nodeRegistration"] for worker in workers]
    assert control["role"] == "control-plane"
    assert {join["name"]: [taint["key"] for taint in join["taints"]] for join in joins} == {
        "aimax": ["rocm-inference"],
        "rpi2": [],
    }
    assert all(worker["extraMounts"][0]["containerPath"] == "/data/ai-models" for worker in workers)


def test_a_kubelets_own_labels_and_a_foreign_provisioner_are_left_out() -> None:
    node = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": "a", "labels": {"kubernetes.io/arch": "arm64", "x": "y"}},
    }
    assert kind_config.real(node)["metadata"]["labels"] == {"x": "y"}
    storage = {"kind": "StorageClass", "provisioner": "driver.longhorn.io", "parameters": {"a": "b"}}
    assert kind_config.real(storage)["provisioner"] == kind_config.PROVISIONER
    assert "parameters" not in kind_config.real(storage)


@pytest.mark.parametrize(("name", "expected"), [("homelab", {"aimax", "thor", "rpi2"}), ("thor-only", {"thor"})])
def test_the_fewest_nodes_that_hold_a_release_are_chosen(name: str, expected: set[str]) -> None:
    wanted = profile(name)
    manifests = render.render(profiles.load(wanted.files).values)
    assert expected <= set(stand_in.needed(manifests, read_facts(wanted.cluster)))
    assert len(stand_in.needed(manifests, read_facts(wanted.cluster))) <= 3


def test_without_a_container_engine_the_demo_is_simulated_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ai_server.lab.containers.why_not", lambda: "no engine here")
    chosen = stand_in.choose(HOMELAB, "auto")
    assert (chosen.backend, chosen.why, chosen.files) == ("kwok", "no engine here", HOMELAB.files)


def test_a_profile_without_an_override_is_simulated() -> None:
    chosen = stand_in.choose(profile("fleet"), "auto")
    assert (chosen.backend, "ci/kind/fleet.yaml" in chosen.why) == ("kwok", True)


def test_the_override_replaces_images_sizes_and_model_files_and_nothing_else() -> None:
    plain = profiles.load(HOMELAB.files)
    override = yaml.safe_load(stand_in.override(HOMELAB).read_text())
    allowed = {
        "image",
        "foldersImage",
        "build",
        "resources",
        "file",
        "ctxSize",
        "flags",
        "cacheRamMiB",
        "kvCacheMemory",
        "shmSize",
        "size",
        "model",
        "metrics",  # off by default, and read by a test of the cluster
    }
    assert leaves(override) <= allowed
    assert plain.values.keys() >= override.keys() - {"openwebui"}


def leaves(values: dict, at: str = "") -> set[str]:
    """The first known key of each path: image and resources count as one."""
    found = set()
    for key, value in values.items():
        if key in ("image", "foldersImage", "resources", "flags") or not isinstance(value, dict):
            found.add(key)
        else:
            found |= leaves(value, key)
    return found


def test_the_gateway_of_a_kind_cluster_is_the_version_that_the_chart_installs() -> None:
    pin = pins()["litellm"].version
    assert environment.version("litellm") == f"litellm {pin}"
    assert version_of("litellm", images.images()["litellm"].tag) == pin
    litellm = profiles.load([*HOMELAB.files, stand_in.override(HOMELAB)]).values["litellm"]
    assert version_of("litellm", litellm["image"]["tag"]) == pin


def test_the_page_of_a_kind_cluster_is_the_version_that_the_chart_installs() -> None:
    pin = pins()["openwebui"].version
    assert environment.version("openwebui") == f"open-webui {pin}"
    assert version_of("openwebui", images.images()["openwebui"].tag) == pin
    page = profiles.load([stand_in.PAGE]).values["openwebui"]
    assert version_of("openwebui", page["image"]["tag"]) == pin
    assert page["service"]["nodePort"] == stand_in.PAGE_NODE_PORT


def test_the_mocks_run_on_the_same_packages_in_their_image_and_in_the_tests() -> None:
    locked = tomllib.loads((REPOSITORY / "uv.lock").read_text())["package"]
    versions = {package["name"]: package["version"] for package in locked}
    lines = (IMAGES / "mock" / "requirements.txt").read_text().splitlines()
    pinned = dict(line.partition(" ")[0].split("==") for line in lines)
    assert pinned["aiohttp"]
    assert pinned == {name: versions[name] for name in pinned}


def test_the_example_driver_is_the_version_of_its_tag_in_its_module_and_on_its_node() -> None:
    image = images.images()["dra-example-driver"]
    module = (IMAGES / image.dockerfile / "go.mod").read_text()
    assert f"require sigs.k8s.io/dra-example-driver {image.tag}\n" in module
    assert f"image: {image.reference}\n" in (CI / "kind" / "dra-example-driver.yaml").read_text()


def test_a_recipe_that_changes_is_another_image(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = {name: images.key(image) for name, image in images.images().items()}
    assert len(set(before.values())) == len(before)
    changed = {**images.images(), "python": images.Image("python", "other", debian="bookworm")}
    monkeypatch.setattr(images, "images", lambda: changed)
    after = {name: images.key(image) for name, image in changed.items()}
    assert {name for name in after if after[name] != before[name]} == {"python", "litellm", "mock"}


def test_an_unknown_image_is_reported() -> None:
    with pytest.raises(UserError, match="unknown image 'nope'"):
        images.ensure(["nope"])


def test_a_file_that_is_not_what_it_should_be_is_refused(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(model_files, "CI", tmp_path)
    (tmp_path / "kind").mkdir()
    (tmp_path / "kind/models.yaml").write_text(
        'a/b.txt: {text: "x"}\nc.gguf: {package: six==1.17.0, file: six.py, sha256: "0"}\n'
    )
    with pytest.raises(UserError, match=r"six.py is not the file that ci/kind/models.yaml names"):
        model_files.ensure(tmp_path / "models")
    assert (tmp_path / "models/a/b.txt").read_text() == "x"
    assert [file.name for file in (tmp_path / "models").iterdir()] == ["a"]


@pytest.mark.parametrize(
    ("backend", "options", "words"),
    [
        ("kwok", {"image": "x"}, "kwok does not support --image"),
        ("existing", {}, "no cluster was given"),
        ("nope", {}, "unknown backend 'nope'"),
    ],
)
def test_a_backend_says_what_it_cannot_take(backend: str, options: dict[str, str], words: str) -> None:
    with pytest.raises(UserError, match=words.replace("?", r"\?")):
        cluster("a", backend, **options)


def test_a_node_that_is_not_in_the_file_is_reported() -> None:
    with pytest.raises(UserError, match="unknown node rpi9"):
        facts("rpi9")


@pytest.mark.parametrize("name", ["homelab", "strix-everything"])
def test_the_real_page_fits_every_profile_that_kind_can_run(name: str) -> None:
    files = stand_in.choose(profile(name), "kind", real_page=True).files
    assert files[-1] == stand_in.PAGE
    pods = render.render(profiles.load(files).values).pods()
    pages = [container for pod in pods for container in pod.containers() if container["name"] == "openwebui"]
    assert [page["image"] for page in pages] == [images.images()["openwebui"].reference]
