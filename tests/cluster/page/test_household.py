"""A household uses the page: chats, documents, voices, pictures."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ai_server.helm.release import Release
from ai_server.lab import browser, talk
from ai_server.lab.page import ACCOUNT
from tests.cluster.common import eventually
from tests.cluster.page.conftest import FORWARDED, window
from tests.cluster.page.person import Person

PROFILE = "homelab"
REAL_PAGE = True
pytestmark = pytest.mark.backends("kind")
CHAT_MODELS = ["gpt-oss-120b", "qwen3-32b", "qwen3-coder-30b"]
MOCKED, REAL = "qwen3-32b", "gpt-oss-120b"
BOB = {"name": "Bob", "email": "bob@home.lan", "password": "correct horse battery"}
ENOUGH = 6
SHORT_SOUND_BYTES = 1000
TAKEN = 400  # the account of an earlier run, where the cluster is kept
Picture = Callable[..., None]


def test_the_selector_offers_exactly_the_chat_models(admin: Person) -> None:
    assert admin.models() == CHAT_MODELS


def test_the_address_that_notes_print_for_a_port_forward_works(release: Release, context: Any) -> None:
    person = Person.signed_in(window(context), FORWARDED, ACCOUNT, talk.key(release, "WEBUI_ADMIN_PASSWORD"))
    person.new_chat(MOCKED)
    assert "The mock of vLLM" in person.ask("Hello")


def test_an_account_that_the_administrator_adds_can_chat_with_every_model(
    admin: Person, arrive: Callable[..., Person]
) -> None:
    assert admin.call("/api/v1/auths/add", {**BOB, "role": "user"})[0] in (200, TAKEN)
    bob = arrive(BOB["email"], BOB["password"])
    assert bob.models() == CHAT_MODELS
    bob.new_chat(MOCKED)
    assert "The mock of vLLM" in bob.ask("Hello")


@pytest.mark.parametrize("model", [MOCKED, REAL])
def test_a_model_of_each_node_answers(admin: Person, model: str, picture: Picture) -> None:
    admin.new_chat(model)
    answer = admin.ask("What is the capital of France?")
    picture(admin)
    assert len(answer) > 20
    assert "litellm." not in answer  # an error


def test_an_answer_appears_word_by_word(admin: Person) -> None:
    admin.new_chat(REAL)
    browser.send(admin.page, "Tell me a long story about a village by the sea.")
    stop = admin.page.get_by_role("button", name="Stop")
    stop.wait_for()
    lengths = set()
    while len(lengths) < ENOUGH:
        assert stop.is_visible()
        lengths.add(len(admin.page.locator(".chat-assistant").inner_text()))
        admin.page.wait_for_timeout(100)
    stop.click()
    stop.wait_for(state="detached")


def test_the_task_model_gives_a_chat_its_title(admin: Person) -> None:
    admin.new_chat(REAL)
    admin.ask("name the colour of the clear sky at noon")
    eventually(lambda: _is(admin.titles()[0], "Name the colour of"))


def _is(value: Any, wanted: Any) -> None:
    assert value == wanted


def test_a_document_with_long_pieces_a_table_and_another_language_is_read_and_named_as_the_source(
    admin: Person, tmp_path: Path, picture: Picture
) -> None:
    document = tmp_path / "household.md"
    long_piece = "The boiler is in the cellar, and its pressure is read on every first Monday of the month. " * 8
    table = "| room | square metres |\n|---|---|\n" + "".join(f"| room {n} | {n * 7} |\n" for n in range(20))
    document.write_text(f"# House\n\n{long_piece}\n\n{table}\n\n" + "锅炉在地下室,每月第一个星期一检查压力。" * 40)
    admin.new_chat(MOCKED)
    file_id = admin.attach(document)
    admin.ask("Where is the boiler?")
    picture(admin)
    assert admin.page.get_by_role("button", name="1 Source").is_visible()
    pieces = admin.pieces_of(file_id)
    assert [
        text for text in ("boiler is in the cellar", "| room 19 | 133 |", "锅炉在地下室") if text not in pieces
    ] == []


def test_an_answer_is_read_aloud(admin: Person) -> None:
    admin.new_chat(MOCKED)
    admin.ask("Hello")
    with admin.page.expect_response("**/api/v1/audio/speech") as spoken:
        admin.page.get_by_role("button", name="Read Aloud").click()
    assert spoken.value.header_value("content-type") == "audio/mpeg"
    assert int(spoken.value.header_value("content-length")) > SHORT_SOUND_BYTES


def test_what_somebody_says_becomes_text(admin: Person, picture: Picture) -> None:
    admin.new_chat(MOCKED)
    admin.page.locator("#voice-input-button").click()
    admin.page.wait_for_timeout(3000)
    with admin.page.expect_response("**/api/v1/audio/transcriptions") as heard:
        admin.page.locator("#confirm-recording-button").click()
    picture(admin)
    words = heard.value.json()["text"]
    assert words
    assert words in admin.page.locator("#chat-input").inner_text()


def test_a_picture_is_made_in_a_chat(admin: Person, picture: Picture) -> None:
    admin.new_chat(MOCKED)
    admin.page.locator("#integration-menu-button").click()
    admin.page.get_by_role("menuitemcheckbox", name="Image").click()
    admin.page.keyboard.press("Escape")
    admin.ask("Draw a lighthouse")
    image = admin.page.locator(".chat-assistant img[src*='/files/'], #messages-container img[src*='/files/']")
    image.first.wait_for()
    picture(admin)
    assert image.first.evaluate("image => image.naturalWidth") > 0
