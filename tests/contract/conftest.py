"""Marks the tests of real programs, and starts those that several tests ask."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ai_server.helm import render
from ai_server.kube.manifests import Manifests
from ai_server.reading import profiles
from tests.contract import programs
from tests.contract.backend import Backend, backend
from tests.contract.release import Release
from tests.here.machine import LocalPod, local_pod_with

HERE = Path(__file__).parent
SLOW = pytest.mark.slow("starts the real programs", "tests/contract", "tests/here", "tools/ai_server/local")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves profiles out that only --complete tries; tests that share a started program run on one worker of xdist."""
    ours = [item for item in items if HERE in item.path.parents]
    for item in ours:
        shared = "homelab" if "homelab" in getattr(item, "fixturenames", ()) else item.path.stem
        item.add_marker(pytest.mark.xdist_group(shared))
    left = [item for item in ours if item.get_closest_marker("complete") and not config.getoption("--complete")]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]


def of_profile(name: str) -> Manifests:
    """The render of a profile."""
    return render.render(profiles.load(profiles.profile(name).files).values)


@pytest.fixture(scope="session")
def homelab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    """The rendered gateway and page of homelab, with a backend for vLLM; llama-server and the others are down."""
    folder = tmp_path_factory.mktemp("homelab")
    with backend() as vllm:
        yield from _release(of_profile("homelab"), folder, vllm)


def _release(manifests: Manifests, folder: Path, vllm: Backend) -> Iterator[Release]:
    addresses = {"ai-server-thor-thor-vllm:8000": vllm.address}
    pod: LocalPod = local_pod_with(manifests, "litellm", folder / "pod", addresses)
    watch = {name: folder / f"{name}.watch" for name in ("litellm", "openwebui")}
    with (
        programs.started(pod, "litellm", watch["litellm"]) as gateway,
        programs.started(pod, "openwebui", watch["openwebui"]) as page,
    ):
        yield Release(manifests, pod, gateway, page, watch, vllm)
