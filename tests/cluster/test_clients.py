"""A release as its clients see it: the openai client, through a Service."""

import base64
import io
import json
import wave
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import openai
import pytest

from ai_server.helm.release import Release
from ai_server.lab import talk

PROFILE = "homelab"
pytestmark = pytest.mark.backends("kind", "existing")
REAL, MOCKED = "gpt-oss-120b", "qwen3-32b"
HELLO = [{"role": "user", "content": "Say hello."}]


@pytest.fixture(scope="module")
def url(release: Release) -> Iterator[str]:
    """The gateway's Service."""
    with talk.forwarded(release, f"service/{talk.gateway(release)}", 4000) as found:
        yield found


@pytest.fixture(scope="module")
def api_key(release: Release) -> str:
    return talk.key(release)


@pytest.fixture(scope="module")
def ai(url: str, api_key: str) -> Any:
    return talk.client(url, api_key)


def sound(megabytes: float) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(16000)
        wav.writeframes(bytes(int(megabytes * 2**20)))
    return file.getvalue()


def test_the_model_knows_the_capital_of_france(ai) -> None:
    answer = ai.completions.create(model=REAL, prompt=talk.QUESTION, max_tokens=4, temperature=0)
    assert answer.choices[0].text.strip().startswith("Paris")
    assert answer.usage.completion_tokens > 0


def test_every_model_is_listed(ai) -> None:
    assert {model.id for model in ai.models.list()} == {
        "bge-m3",
        "gpt-oss-120b",
        "kokoro",
        "qwen3-32b",
        "qwen3-coder-30b",
        "whisper",
    }


@pytest.mark.parametrize("model", [REAL, MOCKED])
def test_a_chat_comes_in_pieces_as_it_is_made(ai, model: str) -> None:
    pieces = list(ai.chat.completions.create(model=model, messages=HELLO, max_tokens=24, stream=True))
    text = "".join(piece.choices[0].delta.content or "" for piece in pieces if piece.choices)
    assert len(pieces) > 8
    assert text.strip()
    assert pieces[-1].choices[0].finish_reason in ("stop", "length")


def test_twenty_chats_at_once_are_all_answered(ai) -> None:
    def chat(number: int) -> str:
        model = REAL if number % 2 else MOCKED
        return ai.chat.completions.create(model=model, messages=HELLO, max_tokens=8).choices[0].finish_reason

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(chat, range(20))) <= {"stop", "length"}


def test_an_embedding_has_the_models_size(ai) -> None:
    [one] = ai.embeddings.create(model="bge-m3", input="hello").data
    assert len(one.embedding) == 576


def test_spoken_words_come_back_as_words(ai) -> None:
    spoken = ai.audio.speech.create(model="kokoro", voice="af_heart", input="one two three", response_format="wav")
    heard = ai.audio.transcriptions.create(model="whisper", file=("a.wav", spoken.read()))
    assert len(heard.text.split()) == 3


def test_twenty_megabytes_of_sound_are_transcribed(ai) -> None:
    heard = ai.audio.transcriptions.create(model="whisper", file=("long.wav", sound(20)))
    assert len(heard.text.split()) > 2000


@pytest.mark.parametrize(("given", "expected"), [("sk-wrong", 400), ("", 401)])
def test_a_wrong_key_or_none_is_refused(url: str, given: str, expected: int) -> None:
    # LiteLLM looks a wrong key up in its database: without one it answers 400, "No connected db."
    headers = {"Authorization": f"Bearer {given}"} if given else {}
    body = {"model": REAL, "messages": HELLO}
    answer = httpx.post(f"{url}/v1/chat/completions", json=body, headers=headers, timeout=30)
    assert answer.status_code == expected


def test_an_unknown_model_is_refused_by_name(ai) -> None:
    with pytest.raises(openai.APIStatusError, match="nobody") as refusal:
        ai.chat.completions.create(model="nobody", messages=HELLO)
    assert refusal.value.status_code in (400, 404)


@pytest.mark.parametrize(
    ("service", "port", "path", "expected"),
    [
        ("ai-server-rocm-aimax", 8080, "/v1/models", 401),
        ("ai-server-thor-thor-vllm", 8000, "/v1/models", 401),
        ("ai-server-thor-thor-speech", 8001, "/v1/models", 403),
        ("ai-server-thor-thor-vllm", 8000, "/metrics", 200),
        ("ai-server-rocm-aimax", 8080, "/metrics?model=gpt-oss-120b&autoload=false", 401),
    ],
)
def test_a_backend_wants_its_key_as_well(release, service: str, port: int, path: str, expected: int) -> None:
    with talk.forwarded(release, f"service/{service}", port) as found:
        assert httpx.get(f"{found}{path}", timeout=30).status_code == expected


def test_the_page_signs_its_administrator_in_and_nobody_up(release) -> None:
    with talk.forwarded(release, "service/ai-server-openwebui", 80) as page:
        password = talk.key(release, "WEBUI_ADMIN_PASSWORD")
        signed = httpx.post(f"{page}/api/v1/auths/signin", json={"email": "admin@localhost", "password": password})
        headers = {"Authorization": f"Bearer {signed.json()['token']}"}
        models = httpx.get(f"{page}/api/models", headers=headers, timeout=30).json()["data"]
        assert [model["id"] for model in models] == ["gpt-oss-120b", "qwen3-32b", "qwen3-coder-30b"]
        assert httpx.post(f"{page}/api/v1/auths/signup", json={"email": "x@y.z", "password": "x"}).status_code == 403


def test_the_gateways_metrics_count_requests(ai, url: str) -> None:
    ai.completions.create(model=REAL, prompt="x", max_tokens=1)
    assert "litellm_proxy_total_requests_metric_total{" in httpx.get(f"{url}/metrics/", timeout=30).text


def test_keys_are_in_no_config_map_and_no_argument(release, api) -> None:
    secret = api.read_namespaced_secret("ai-server-keys", release.namespace).data
    values = [base64.b64decode(value).decode() for value in secret.values()]
    plain = api.api_client.sanitize_for_serialization
    seen = json.dumps(
        [
            *(plain(item) for item in api.list_namespaced_config_map(release.namespace).items),
            *(plain(item) for item in api.list_namespaced_pod(release.namespace).items),
        ]
    )
    assert [value for value in values if value in seen] == []
