"""Finds the form of a flag's value by passing samples to its parser. It uses no packages, because vLLM's environment
runs it as well.
"""

from collections.abc import Callable
from typing import Any

JSON = ("{}", '{"a": 1}')
WORDS = ("auto", "None", "")
"""Words that some flags accept in addition to a number, a size or JSON; an empty one is None to vLLM."""


def form_of(reads: Callable[[str], object]) -> dict[str, Any]:
    """form: integer, number, size (32k, 20G) or json, plus the words that are accepted; {} if any text is.

    reads raises an exception for a value that it does not accept, as argparse's types do.
    """

    def takes(value: str) -> bool:
        try:
            reads(value)
        except BaseException:  # a type may raise any exception
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
