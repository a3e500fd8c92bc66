"""Asks the routes, one after the other, and keeps what was measured."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ai_server.smoke.routes import Question, about_key, questions, requests

DEAD, OK, SKIPPED = "dead", "ok", "skipped"


@dataclass(frozen=True)
class Result:
    """An answer of a route. model: the name that it serves; route: its id; request: what was asked; state: ok, dead or
    skipped; problem: what is wrong, or why it was skipped; seconds: of the whole request; measured:
    first_token_seconds, tokens_per_second, prompt_tokens, prompt_tokens_per_second, dimensions, where they apply.
    """

    model: str
    route: str
    mode: str
    request: str
    state: str
    seconds: float = 0.0
    problem: str = ""
    measured: dict[str, Any] = field(default_factory=dict)

    @property
    def as_data(self) -> dict[str, Any]:
        """The result for JSON, with its measures as keys of their own."""
        data = asdict(self)
        measured: dict[str, Any] = data.pop("measured")
        return data | measured


def ask_all(
    server: Any, routes: Sequence[Mapping[str, Any]], begin: Callable[[str], object] = lambda _: None
) -> Iterator[Result]:
    """The result of each request. server: of the requests' kind; begin is called with the words for each request."""
    for route in routes:
        asked = questions(route)
        if not asked:
            reason = f"no request for the mode {route['mode']}"
            yield Result(route["name"], route["id"], route["mode"], route["mode"], SKIPPED, problem=reason)
        for question in asked:
            begin(f"{route['name']} ({_name(question)})")
            yield _ask(server, route, question)


def _ask(server: Any, route: Mapping[str, Any], question: Question) -> Result:
    started = time.monotonic()
    measured, problem = requests().tried(question, server, route)
    seconds = round(time.monotonic() - started, 2)
    if reason := about_key(problem, server.key):
        problem = f"{reason} ({problem})"
    state = DEAD if problem else OK
    return Result(route["name"], route["id"], route["mode"], _name(question), state, seconds, problem, measured)


def _name(question: Question) -> str:
    return question.__name__.replace("_", " ")
