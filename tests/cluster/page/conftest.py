"""People in front of the page: browsers that reach it at its own address, and pictures of what they see."""

from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from ai_server.helm.release import Release
from ai_server.lab import talk
from ai_server.lab.browser import VIEW, browser
from ai_server.lab.clusters.kind_config import nodes_of
from ai_server.lab.clusters.stand_in import PAGE_NODE_PORT
from ai_server.lab.containers.engine import docker
from ai_server.lab.page import ACCOUNT, wait_for
from ai_server.paths import cache
from tests.cluster.page.person import Person

ADDRESS = "http://chat.home.lan"
"""openwebui.url of values/homelab."""
FORWARDED = "http://localhost:8080"
"""The address that NOTES print for a port-forward."""


@pytest.fixture(scope="module")
def page_url(release: Release, mock: Any) -> str:
    """The page at its node port, which stays when its pod is replaced, for requests that need no browser."""
    node = next(iter(nodes_of(mock.name).values()))
    networks = docker("inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", node)
    url = f"http://{networks.strip()}:{PAGE_NODE_PORT}"
    wait_for(url)
    return url


@pytest.fixture(scope="module")
def context(release: Release, page_url: str) -> Iterator[Any]:
    """A browser for which the page's address leads to the node port, as a DNS server and an Ingress would, and that of a
    port-forward to one.
    """
    secure = f"--unsafely-treat-insecure-origin-as-secure={ADDRESS}"  # else it offers no microphone
    with talk.forwarded(release, f"service/{release.name}-openwebui", 80) as url:
        there = {ADDRESS: page_url, FORWARDED: url}
        rules = [f"MAP {urlsplit(address).netloc} {urlsplit(target).netloc}" for address, target in there.items()]
        with browser(f"--host-resolver-rules={', '.join(rules)}", secure) as context:
            yield context


def window(context: Any) -> Any:
    """A window of its own, without the cookies of others."""
    return context.browser.new_context(viewport=VIEW, permissions=["microphone"], ignore_https_errors=True)


@pytest.fixture(scope="module")
def arrive(context: Any) -> Callable[[str, str], Person]:
    """Signs somebody in, in a window of their own."""
    return lambda email, password: Person.signed_in(window(context), ADDRESS, email, password)


@pytest.fixture(scope="module")
def admin(release: Release, arrive: Callable[..., Person]) -> Person:
    """The administrator, signed in with the password from the Secret."""
    return arrive(ACCOUNT, talk.key(release, "WEBUI_ADMIN_PASSWORD"))


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Keeps a picture of what a person sees, by the name of the test."""

    def keep(person: Person) -> None:
        person.page.screenshot(path=screenshots() / f"{request.node.name.removeprefix('test_')}.png")

    return keep


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keeps, after a failure, a picture of what the administrator sees."""
    report = yield
    person = getattr(item, "funcargs", {}).get("admin")
    if report.failed and person:
        person.page.screenshot(path=screenshots() / f"failed_{item.name}.png")
    return report


def screenshots() -> Path:
    """The folder of pictures."""
    folder = cache() / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
