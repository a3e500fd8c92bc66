"""The shapes of the programs' answers, in a file per program: answers/<program>.yaml says where they come from."""

from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.mocks import shapes
from tests.mocks.asked import Request

HERE = Path(__file__).parent / "answers"


def answers(program: str) -> dict[str, Any]:
    """The shapes of a program's answers, by the name of the request."""
    return dict(_content(program)["answers"])


def version(program: str) -> str:
    """The version of the program that gave them."""
    return str(_content(program)["version"])


def record(program: str, found: dict[str, Any]) -> None:
    """Writes the shapes of a program's answers, below the lines that say where they come from."""
    file = HERE / f"{program}.yaml"
    head, _, _ = file.read_text().partition("answers:")
    text = yaml.safe_dump({"answers": found}, sort_keys=False, default_flow_style=None, width=118)
    file.write_text(f"{head}{text}")


def ask(client: httpx.Client, request: Request) -> Any:
    """The shape of the answer to a request. AssertionError if it does not say what the request looks for."""
    answer = client.request(**request.arguments())
    assert request.says in answer.text, answer.text[:500]
    return shapes.of_answer(answer)


def _content(program: str) -> dict[str, Any]:
    return dict(yaml.safe_load((HERE / f"{program}.yaml").read_text()))
