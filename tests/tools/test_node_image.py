"""A kind node runs the published image if it can be pulled, else an image built from its parts."""

import tomllib
from pathlib import Path

import pytest

from ai_server.errors import UserError
from ai_server.lab import programs
from ai_server.lab.clusters import kind_config
from ai_server.lab.containers import images, node_image
from ai_server.paths import IMAGES

PUBLISHED = images.images()[node_image.PUBLISHED]


@pytest.fixture(autouse=True)
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """An engine on cgroup v2 without images, a registry that answers; the names of the images that are built."""
    names: list[str] = []

    def ensure(wanted: list[str]) -> dict[str, str]:
        names.extend(wanted)
        return {name: images.images()[name].reference for name in wanted}

    monkeypatch.setattr("ai_server.paths.cache", lambda: tmp_path)
    monkeypatch.setattr(node_image, "docker", lambda *arguments: "2\n")
    monkeypatch.setattr(node_image, "answers", lambda address: True)
    monkeypatch.setattr(node_image, "_make", lambda paths: names.append("parts"))
    monkeypatch.setattr(images, "recipe_of", lambda reference: "")
    monkeypatch.setattr(images, "ensure", ensure)
    monkeypatch.setattr(programs, "ensure", lambda names: {})
    return names


def test_the_published_image_is_used_where_its_registry_answers(made: list[str]) -> None:
    assert node_image.ensure() == PUBLISHED.reference
    assert made == ["published-node"]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("answers", lambda address: False, "registry-1.docker.io cannot be reached"),
        ("docker", lambda *arguments: "1\n", "kindest/node needs cgroup v2"),
    ],
)
def test_elsewhere_the_image_is_made_of_its_parts_and_says_why(
    made: list[str], monkeypatch: pytest.MonkeyPatch, capsys, name: str, value: object, reason: str
) -> None:
    monkeypatch.setattr(node_image, name, value)
    assert node_image.ensure() == node_image.reference()
    assert made == ["system", "parts"]
    assert f"the node image must be built from its parts: {reason}\n" in capsys.readouterr().err


def test_a_failed_pull_is_not_an_error(made: list[str], monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    ensure = images.ensure

    def refuse(wanted: list[str]) -> dict[str, str]:
        if wanted == ["published-node"]:
            raise UserError("the image could not be built:\ntoomanyrequests: rate limit")
        return ensure(wanted)

    monkeypatch.setattr(images, "ensure", refuse)
    assert node_image.ensure() == node_image.reference()
    assert "built from its parts: toomanyrequests: rate limit\n" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("reference", "key"),
    [(PUBLISHED.reference, images.key(PUBLISHED)), (node_image.reference(), node_image._key())],
    ids=["published", "made of parts"],
)
def test_an_image_that_is_there_needs_no_registry_and_no_programs(
    made: list[str], monkeypatch: pytest.MonkeyPatch, reference: str, key: str
) -> None:
    monkeypatch.setattr(images, "recipe_of", lambda wanted: key if wanted == reference else "")
    monkeypatch.setattr(node_image, "answers", lambda address: pytest.fail("the registry was asked"))
    assert (node_image.ensure(), made) == (reference, [])


def test_the_tag_is_the_one_that_the_dockerfile_names() -> None:
    dockerfile = (IMAGES / "published-node" / "Dockerfile").read_text()
    assert f"FROM docker.io/kindest/node:{PUBLISHED.tag}@sha256:" in dockerfile
    assert PUBLISHED.tag.rpartition(".")[0] == node_image.reference().rpartition(":")[2].rpartition(".")[0]


def test_both_node_images_have_the_runtime_of_the_thor() -> None:
    for file in (IMAGES / "node" / "containerd.toml", IMAGES / "published-node" / "nvidia.toml"):
        cri = tomllib.loads(file.read_text())["plugins"]["io.containerd.grpc.v1.cri"]
        assert cri["containerd"]["runtimes"]["nvidia"]["options"]["BinaryName"] == "/usr/bin/nvidia-runtime"


def test_another_image_of_kind_gets_the_runtime_in_its_own_version_of_the_configuration() -> None:
    plugins = {}
    for patch in map(tomllib.loads, kind_config.NVIDIA_IS_RUNC):
        plugins[patch["version"]] = [*patch["plugins"]]
    # containerd ignores the runtimes of version 2 where a file has runtimes of version 3 as well
    assert plugins == {2: ["io.containerd.grpc.v1.cri"], 3: ["io.containerd.cri.v1.runtime"]}
