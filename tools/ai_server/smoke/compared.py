"""What changed between two runs of smoke."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ai_server.errors import UserError
from ai_server.smoke.asked import DEAD, Result

NOTABLE = 0.2
"""Speeds of the same machine differ by less from run to run."""
SPEEDS = {
    "tokens_per_second": "tokens/s",
    "prompt_tokens_per_second": "prompt tokens/s",
    "first_token_seconds": "s to the first token",
}


def read(file: Path) -> list[dict[str, Any]]:
    """The results that `smoke --save` wrote; UserError if the file holds none."""
    try:
        saved: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["results"]
        return [result for result in saved if result["route"] and result["request"]]
    except OSError as error:
        raise UserError(f"cannot read {file}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise UserError(f"{file} is not a file that smoke --save has written") from None


def changes(before: Sequence[dict[str, Any]], after: Sequence[Result]) -> Iterator[str]:
    """Sentences: what died or came back, what is new or gone, and what is a fifth faster or slower."""
    old = {(result["route"], result["request"]): result for result in before}
    new = {(result.route, result.request): result.as_data for result in after}
    for route, request in new.keys() - old.keys():
        yield f"{route} ({request}): new"
    for route, request in old.keys() - new.keys():
        yield f"{route} ({request}): gone"
    for route, request in [place for place in new if place in old]:
        was, now = old[route, request], new[route, request]
        if was["state"] != now["state"]:
            yield f"{route} ({request}): {was['state']} before, {now['state']} now"
        elif now["state"] != DEAD:
            yield from (f"{route} ({request}): {words}" for words in _speeds(was, now))


def _speeds(was: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    for name, unit in SPEEDS.items():
        before, after = was.get(name), now.get(name)
        if before and after and abs(after - before) > NOTABLE * before:
            yield f"{before:g} {unit} before, {after:g} now ({(after - before) / before:+.0%})"
