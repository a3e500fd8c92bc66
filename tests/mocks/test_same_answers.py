"""The mocks answer like their programs: the same status, headers, keys, types and events (shapes.py).

answers/<program>.yaml holds the shapes of the answers: recorded from vLLM; read from the sources of ComfyUI and Speaches.
differences.yaml lists what differs on purpose.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from ai_server.checks.facts import flags_of
from tests.mocks import asked, recorded
from tests.mocks.hub import hub
from tests.mocks.shapes import differences
from tests.mocks.test_mocks import running

EXCEPTIONS = yaml.safe_load(Path(__file__).with_name("differences.yaml").read_text())
REQUESTS = {"vllm": asked.VLLM, "comfyui": asked.COMFYUI, "speaches": asked.SPEACHES}
CASES = [(program, name) for program, requests in REQUESTS.items() for name in requests]


@pytest.fixture(scope="module")
def mocks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, httpx.Client]]:
    """A mock of each program."""
    folder = tmp_path_factory.mktemp("mocks")
    with (
        _vllm(folder) as vllm,
        running("comfyui", "--output-directory", str(folder / "out")) as (comfyui, _),
        running("other", port_env="UVICORN_PORT", API_KEY=asked.KEY, HF_HUB_CACHE=str(hub(folder))) as (speaches, _),
    ):
        yield {"vllm": vllm, "comfyui": comfyui, "speaches": speaches}


@contextmanager
def _vllm(folder: Path) -> Iterator[httpx.Client]:
    (folder / "config.json").write_text('{"max_position_embeddings": 2048}')
    flags = ["--served-model-name", asked.MODEL, "--enable-auto-tool-choice", "--tool-call-parser", "hermes"]
    with running("vllm", str(folder), *flags, VLLM_API_KEY=asked.KEY, MOCK_TOKENS_PER_SECOND="1000") as (client, _):
        yield client


def matches(difference: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch(difference, pattern) for pattern in patterns)


@pytest.mark.parametrize(("program", "name"), CASES, ids=[": ".join(case) for case in CASES])
def test_a_mock_answers_like_its_program(mocks: dict[str, httpx.Client], program: str, name: str) -> None:
    answer = recorded.ask(mocks[program], REQUESTS[program][name])
    found = differences(recorded.answers(program)[name], answer)
    lines = [f"{place}: {text}" for place, text in found.items()]
    own, common = (EXCEPTIONS[program].get(request, {}) for request in (name, "any"))
    assert [line for line in lines if not matches(line, {**common, **own})] == []
    assert [pattern for pattern in own if not any(matches(line, [pattern]) for line in lines)] == []


@pytest.mark.parametrize("program", REQUESTS)
def test_the_answers_are_those_of_the_version_that_the_mock_imitates(program: str) -> None:
    assert recorded.version(program) == flags_of(program).version
    assert list(recorded.answers(program)) == list(REQUESTS[program])


@pytest.mark.parametrize(
    ("real", "mock", "place"),
    [
        ({"a": "text"}, {}, "a"),
        ({}, {"a": "text"}, "a"),
        ({"a": ["text"]}, {"a": ["number"]}, "a[0]"),
        ({"a": [{"b": "text"}]}, {"a": [{"b": "nothing"}]}, "a[0].b"),
        ({"status": 200}, {"status": 201}, "status"),
    ],
)
def test_any_difference_between_shapes_is_found(real: Any, mock: Any, place: str) -> None:
    assert list(differences(real, mock)) == [place]
    assert differences(real, real) == {}
