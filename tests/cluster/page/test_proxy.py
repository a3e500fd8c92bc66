"""Two hosts behind a reverse proxy with TLS: the page and the API, with what their Ingresses ask of the proxy."""

import ssl
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from kubernetes import client as kubernetes

from ai_server.helm.release import Release
from ai_server.lab import talk
from ai_server.lab.browser import browser
from ai_server.lab.page import ACCOUNT
from tests.cluster.common import fault, pods, settle
from tests.cluster.page.person import Person
from tests.cluster.page.proxy import Proxy, proxy

PROFILE = "homelab"
REAL_PAGE = True
pytestmark = pytest.mark.backends("kind")
PAGE, API = "https://chat.home.lan", "https://llm.home.lan"
MOCKED, THOR, VLLM = "qwen3-32b", "ai-server-thor-thor", 8000
LONG_SECONDS = 90
UPLOAD_BYTES = 20 << 20
INGRESSES = {
    "openwebui": {
        "url": "",
        "ingress": {"enabled": True, "className": "nginx", "host": "chat.home.lan", "tlsSecret": "chat-tls"},
    },
    "litellm": {"ingress": {"enabled": True, "className": "nginx", "host": "llm.home.lan", "tlsSecret": "llm-tls"}},
}


@pytest.fixture(scope="module")
def proxied(release: Release, api: Any, stand_in: Any, page_url: str, tmp_path_factory: Any) -> Iterator[Proxy]:
    """The proxy for the Ingresses of the release, as it is installed with both hosts."""
    release.install_or_upgrade(stand_in.files, timeout_seconds=240, values=INGRESSES)
    settle(release, api)
    found = kubernetes.NetworkingV1Api(api.api_client).list_namespaced_ingress(release.namespace)
    ingresses = api.api_client.sanitize_for_serialization(found)["items"]
    with talk.forwarded(release, f"service/{talk.gateway(release)}", 4000) as gateway:
        backends = {f"{release.name}-openwebui": page_url, talk.gateway(release): gateway}
        with proxy(ingresses, backends, tmp_path_factory.mktemp("proxy")) as running:
            yield running
    release.install_or_upgrade(stand_in.files, timeout_seconds=240)
    settle(release, api)


@pytest.fixture(scope="module")
def outside(proxied: Proxy, release: Release) -> Iterator[httpx.Client]:
    """A client of the API's host, through the proxy."""
    trust = ssl.create_default_context(cafile=str(proxied.certificate))
    headers = {"Authorization": f"Bearer {talk.key(release)}", "Host": urlsplit(API).netloc}
    with httpx.Client(
        base_url=f"https://127.0.0.1:{proxied.port}", verify=trust, headers=headers, timeout=120
    ) as client:
        yield client


def ask(outside: httpx.Client, **more: Any) -> Iterator[str]:
    body = {"model": MOCKED, "messages": [{"role": "user", "content": "Hello"}], **more}
    extensions = {"sni_hostname": urlsplit(API).netloc}
    with outside.stream("POST", "/v1/chat/completions", json=body, extensions=extensions) as answer:
        assert answer.status_code == 200
        yield from answer.iter_lines()


def get(outside: httpx.Client, path: str) -> int:
    return outside.get(path, extensions={"sni_hostname": urlsplit(API).netloc}).status_code


def test_the_page_chats_through_the_proxy(proxied: Proxy, release: Release, picture: Callable[..., None]) -> None:
    with browser(f"--host-resolver-rules=MAP {urlsplit(PAGE).netloc} 127.0.0.1:{proxied.port}") as context:
        person = Person.signed_in(context, PAGE, ACCOUNT, talk.key(release, "WEBUI_ADMIN_PASSWORD"))
        person.new_chat(MOCKED)
        assert "The mock of vLLM" in person.ask("Hello")
        picture(person)


def test_a_stream_that_is_silent_for_longer_than_proxies_wait_goes_on(
    outside: httpx.Client, release: Release, api: Any
) -> None:
    fault(release, pods(api, release)[THOR], "vllm", f"slow:{LONG_SECONDS}", VLLM)
    started = time.monotonic()
    lines = list(ask(outside, stream=True))
    fault(release, pods(api, release)[THOR], "vllm", "", VLLM)
    assert time.monotonic() - started > LONG_SECONDS
    assert lines[-2] == "data: [DONE]"


def test_a_large_recording_reaches_the_speech_server(outside: httpx.Client) -> None:
    wave = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0data\xff\xff\xff\x7f"
    sound = wave + bytes(UPLOAD_BYTES)
    answer = outside.post(
        "/v1/audio/transcriptions",
        data={"model": "whisper"},
        files={"file": ("long.wav", sound, "audio/wav")},
        extensions={"sni_hostname": urlsplit(API).netloc},
    )
    assert answer.status_code == 200, answer.text[:500]


@pytest.mark.parametrize("path", ["/", "/ui", "/key/generate", "/model/info", "/metrics", "/health", "/v1x", "/docs"])
def test_the_management_of_the_gateway_is_not_reachable(outside: httpx.Client, path: str) -> None:
    assert get(outside, "/v1/models") == 200
    assert get(outside, path) == 404
