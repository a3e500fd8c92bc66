"""The mock of Speaches: its models, and sounds that other programs read and write."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.agreement.installed import NotInstalledError, litellm_python
from tests.mocks.asked import STT, TTS
from tests.mocks.hub import hub
from tests.mocks.test_mocks import Start, running, start  # noqa: F401

RECORDINGS = ("a.mp3", "a.flac", "a.wav", "vorbis.ogg", "opus.ogg")


@pytest.fixture(scope="module")
def speaches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The mock with a model that hears and one that speaks, without a key."""
    cache = hub(tmp_path_factory.mktemp("hub"))
    with running("other", port_env="UVICORN_PORT", HF_HUB_CACHE=str(cache)) as (client, _):
        yield client


def libsndfile(*arguments: str | Path) -> str:
    try:
        python = litellm_python()
    except NotInstalledError as error:
        pytest.skip(str(error))
    command = [python, Path(__file__).with_name("libsndfile.py"), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds of sound in each format."""
    folder = tmp_path_factory.mktemp("recordings")
    libsndfile("write", folder)
    return folder


def spoken(speaches: httpx.Client, words: str, **body: Any) -> httpx.Response:
    asked = {"model": TTS, "voice": "af_heart", "input": words, **body}
    return speaches.post("/v1/audio/speech", json=asked).raise_for_status()


def heard(speaches: httpx.Client, name: str, content: bytes, kind: str = "") -> str:
    file = (name, content, kind) if kind else (name, content)
    answer = speaches.post("/v1/audio/transcriptions", data={"model": STT}, files={"file": file})
    return str(answer.raise_for_status().json()["text"])


@pytest.mark.parametrize("name", RECORDINGS)
def test_recordings_in_the_formats_of_browsers_and_clients_are_heard(
    speaches: httpx.Client, recordings: Path, name: str
) -> None:
    words = heard(speaches, name, (recordings / name).read_bytes()).split()
    assert len(words) in (10, 11)  # three seconds, and what an encoder adds


@pytest.mark.parametrize("head", [b"\x1a\x45\xdf\xa3", b"\0\0\0\x20ftypM4A "])
def test_webm_and_mp4_are_judged_by_their_size(speaches: httpx.Client, head: bytes) -> None:
    assert len(heard(speaches, "a", head.ljust(12000, b"\0")).split()) == 10


def test_raw_samples_are_read_at_16_khz(speaches: httpx.Client) -> None:
    assert len(heard(speaches, "a.pcm", bytes(2 * 16000 * 3), "audio/pcm").split()) == 10


@pytest.mark.parametrize("form", ["mp3", "wav"])
def test_spoken_words_come_back_as_words(speaches: httpx.Client, form: str) -> None:
    sound = spoken(speaches, "one two three", response_format=form)
    kind = sound.headers["Content-Type"]
    assert heard(speaches, f"a.{form}", sound.content, kind) == "word word word"


def test_the_mp3_is_a_tone_that_other_programs_hear(speaches: httpx.Client, tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(spoken(speaches, "word " * 10).content)
    seconds, loudest, frequency = map(float, libsndfile("read", tmp_path / "a.mp3").split())
    assert seconds == pytest.approx(3, abs=0.1)
    assert 0.05 < loudest < 0.9
    assert 350 < frequency < 550


def test_recordings_of_more_than_a_megabyte_are_heard(speaches: httpx.Client) -> None:
    sound = spoken(speaches, "word " * 200, response_format="wav").content
    assert len(sound) > 1_500_000
    assert heard(speaches, "a.wav", sound) == " ".join(["word"] * 200)


def test_an_unknown_voice_breaks_the_answer(speaches: httpx.Client) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        spoken(speaches, "x", voice="nobody")


def test_a_model_whose_card_names_no_kind_is_not_listed(start: Start, tmp_path: Path) -> None:  # noqa: F811
    cache = hub(tmp_path, **{"org/other": "library_name: gguf\n"})
    speaches = start("other", port_env="UVICORN_PORT", HF_HUB_CACHE=str(cache))
    assert [model["id"] for model in speaches.get("/v1/models").json()["data"]] == [STT, TTS, "silero_vad_v5"]
