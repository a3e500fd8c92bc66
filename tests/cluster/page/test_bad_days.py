"""What people see in the page, and programs at the API, when something fails; docs/operate.md has the table."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import openai
import pytest

from ai_server.helm.release import Release
from ai_server.lab import browser, talk
from ai_server.lab.page import ACCOUNT, wait_for
from tests.cluster.common import eventually, fault, inside, kubectl, pods, settle
from tests.cluster.page.person import Person

PROFILE = "homelab"
REAL_PAGE = True
pytestmark = pytest.mark.backends("kind")
MOCKED, REAL = "qwen3-32b", "gpt-oss-120b"
GATEWAY, ROCM, THOR = "ai-server-litellm", "ai-server-rocm-aimax", "ai-server-thor-thor"
VLLM_PORT = 8000
HANGS_SECONDS = 60
COOLDOWN_SECONDS = 11
"""A second more than litellm.routing.cooldownSeconds."""
LONG = "Tell me a long story about a village by the sea."
HELLO: Any = [{"role": "user", "content": "Hello"}]
LOCK = """\
import os, sqlite3, time
database = sqlite3.connect("/app/backend/data/webui.db", isolation_level=None)
database.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
if os.fork() == 0:
    os.setsid(); os.close(0); os.close(1); os.close(2)
    time.sleep(3)
    database.execute("COMMIT")
os._exit(0)
"""


@pytest.fixture
def broken(release: Release, api: Any) -> Iterator[Callable[[str], None]]:
    """Sets a fault of the mock of vLLM, and removes it after the test. The faults of the test before are forgotten."""
    time.sleep(COOLDOWN_SECONDS)
    yield lambda what: fault(release, pods(api, release)[THOR], "vllm", what, VLLM_PORT)
    fault(release, pods(api, release)[THOR], "vllm", "", VLLM_PORT)


@pytest.fixture
def gateway(release: Release) -> Iterator[openai.OpenAI]:
    with talk.forwarded(release, f"service/{talk.gateway(release)}", 4000) as url:
        yield talk.client(url, talk.key(release), timeout=HANGS_SECONDS)


@contextmanager
def away(release: Release, api: Any, *workloads: str) -> Iterator[None]:
    """Stops workloads, and starts them again at the end."""
    kubectl(release, "scale", "deployment", *workloads, "--replicas=0")
    eventually(lambda: _are(set(workloads) & set(pods(api, release)), set()))
    try:
        yield
    finally:
        kubectl(release, "scale", "deployment", *workloads, "--replicas=1")
        settle(release, api)


def _are(names: set[str], wanted: set[str]) -> None:
    assert names == wanted


def shown(admin: Person, model: str, question: str = "Hello") -> str:
    """What the page shows as the answer, in less time than people call hanging."""
    admin.new_chat(model)
    started = time.monotonic()
    answer = admin.ask(question)
    assert time.monotonic() - started < HANGS_SECONDS
    return answer


def test_every_backend_down_is_an_error_in_the_page_and_a_status_at_the_api(
    admin: Person, release: Release, api: Any, gateway: openai.OpenAI, picture: Callable[..., None]
) -> None:
    with away(release, api, ROCM, THOR):
        answer = shown(admin, MOCKED)
        picture(admin)
        with pytest.raises(openai.APIStatusError) as error:
            gateway.chat.completions.create(model=MOCKED, messages=HELLO)
    assert error.value.status_code in (429, 500)
    assert re.search("Cannot connect to host ai-server-|No deployments available for selected model", answer)


def test_a_slow_answer_arrives(admin: Person, broken: Callable[[str], None]) -> None:
    broken("slow:5")
    assert "The mock of vLLM" in shown(admin, MOCKED)


def test_an_answer_of_ten_megabytes_arrives_at_the_api(broken: Callable[[str], None], gateway: openai.OpenAI) -> None:
    broken("big:10")
    chunks = gateway.chat.completions.create(model=MOCKED, messages=HELLO, stream=True)
    texts = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert sum(map(len, texts)) > 9 << 20


def test_bytes_that_are_not_json_are_an_empty_answer_and_the_next_question_is_answered(
    admin: Person, broken: Callable[[str], None]
) -> None:
    broken("garbled")
    assert shown(admin, MOCKED) == ""
    broken("")
    assert "The mock" in admin.ask("Again")


def test_a_backend_that_never_answers_can_be_stopped(admin: Person, broken: Callable[[str], None]) -> None:
    broken("hang")
    admin.new_chat(MOCKED)
    browser.send(admin.page, "Hello")
    admin.page.get_by_role("button", name="Stop").click()
    admin.page.get_by_role("button", name="Stop").wait_for(state="detached")


def test_half_an_answer_stays_in_the_page(admin: Person, broken: Callable[[str], None]) -> None:
    broken("half")
    assert "The mock" in shown(admin, MOCKED)


def test_a_backend_that_is_killed_in_mid_answer_leaves_its_words_and_its_fallback_goes_on(
    admin: Person, release: Release, api: Any
) -> None:
    time.sleep(COOLDOWN_SECONDS)
    admin.new_chat(REAL)
    browser.send(admin.page, LONG)
    words = admin.page.locator(".chat-assistant").first
    eventually(lambda: _some(words.inner_text().split()[8:]))
    kubectl(release, "delete", "pod", pods(api, release)[ROCM].metadata.name, "--grace-period=0", "--force")
    admin.page.get_by_role("button", name="Regenerate").first.wait_for(state="attached")
    assert words.inner_text().split()[8:]
    assert "The mock of vLLM" in admin.ask("And now?")
    settle(release, api)


def test_a_session_that_has_ended_leads_to_the_sign_in(admin: Person, release: Release) -> None:
    admin.page.context.clear_cookies()
    admin.page.evaluate("localStorage.token = 'expired'")
    admin.page.goto(admin.address)
    admin.page.locator("#email").wait_for()
    browser.fill_in(admin.page, ACCOUNT, talk.key(release, "WEBUI_ADMIN_PASSWORD"))


def test_a_database_that_is_locked_for_a_moment_delays_the_page_and_loses_nothing(
    admin: Person, release: Release, api: Any
) -> None:
    pod = pods(api, release)[GATEWAY]
    assert inside(release, pod, "openwebui", "python3", "-c", LOCK) == "locked\n"
    assert "The mock of vLLM" in shown(admin, MOCKED, "remember this question please")
    eventually(lambda: _some([title for title in admin.titles() if "emember this" in title]))


def _some(found: list[str]) -> None:
    assert found


def test_a_stop_in_mid_answer_keeps_the_words_and_a_restart_keeps_chats_and_accounts(
    admin: Person, release: Release, api: Any, page_url: str, picture: Callable[..., None]
) -> None:
    admin.new_chat(REAL)
    browser.send(admin.page, LONG)
    words = admin.page.locator(".chat-assistant")
    eventually(lambda: _some(words.inner_text().split()[8:]))
    before = " ".join(words.inner_text().split()[2:6])
    titles = len(admin.titles())
    kubectl(release, "delete", "pod", pods(api, release)[GATEWAY].metadata.name)
    settle(release, api)
    wait_for(page_url)
    admin.page.reload()
    admin.page.locator("#chat-input").wait_for()
    picture(admin)
    assert before in " ".join(words.inner_text().split())
    assert len(admin.titles()) == titles


def test_a_setting_made_in_the_page_is_gone_after_a_restart_as_documented(
    admin: Person, release: Release, api: Any, page_url: str
) -> None:
    status, before = admin.call("/api/v1/auths/admin/config")
    assert status == 200
    admin.call("/api/v1/auths/admin/config", {**before, "ENABLE_SIGNUP": True})
    assert admin.call("/api/v1/auths/admin/config")[1]["ENABLE_SIGNUP"] is True
    kubectl(release, "delete", "pod", pods(api, release)[GATEWAY].metadata.name)
    settle(release, api)
    wait_for(page_url)
    assert httpx.get(f"{page_url}/api/config").json()["features"]["enable_signup"] is False
