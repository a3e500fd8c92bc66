"""The form of a flag's value, found by offering samples to whatever reads it; without any package, as vLLM's
environment runs it too.
"""

from collections.abc import Callable
from typing import Any

JSON = ("{}", '{"a": 1}')
WORDS = ("auto", "None")
"""Words that some flags take besides a number, a size or JSON."""


def form_of(reads: Callable[[str], object]) -> dict[str, Any]:
    """form: integer, number, size (32k, 20G) or json, with the words that are taken as well; {} where any text is.

    reads raises for a value that it does not take, as argparse's types do.
    """

    def takes(value: str) -> bool:
        try:
            reads(value)
        except BaseException:  # a type may raise what it likes
            return False
        return True

    if takes("word"):
        return {}
    if any(takes(text) for text in JSON):
        form = "json"
    elif not takes("1"):
        return {}
    else:
        form = "size" if takes("32k") else "number" if takes("1.5") else "integer"
    words = [word for word in WORDS if takes(word)]
    return {"form": form, **({"words": words} if words else {})}
