"""A model server that answers every chat with a word, and records which models were asked for."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.tools.model_server import CHAT, answering


@dataclass
class Backend:
    """Its HOST:PORT, and the models that requests named."""

    address: str
    asked: list[str] = field(default_factory=list)


@contextmanager
def backend() -> Iterator[Backend]:
    """A running backend."""
    asked: list[str] = []

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        asked.append(request["model"])
        return {**CHAT, "model": request["model"]}

    with answering(v1_chat_completions=answer) as origin:
        yield Backend(origin.removeprefix("http://"), asked)
