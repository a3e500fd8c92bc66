"""Interprets plain YAML scalars like Helm: go-yaml with YAML 1.1's booleans, numbers passed through JSON.

tests/tools/test_helm_agreement.py compares this with Helm itself, word by word.
"""

import math
import re

BOOLEANS = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
}
NULLS = ("", "~", "null", "Null", "NULL")
INTEGER = re.compile(r"[-+]?(0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
LARGEST_INTEGER = 2**53


def scalar(text: str) -> str | int | float | bool | None:
    """The value of a plain scalar in Helm; infinity if Helm rejects it."""
    if text in NULLS:
        return None
    if text in BOOLEANS:
        return BOOLEANS[text]
    if text.lower().lstrip("+-") in (".inf", ".nan"):
        return math.inf
    digits = text.replace("_", "")
    if INTEGER.fullmatch(text):
        value = _integer(digits)
        if value is not None:
            # larger numbers lose digits in Helm, because they pass through JSON
            return value if abs(value) <= LARGEST_INTEGER else float(value)
    # go-yaml removes underscores, except from numbers that begin with a dot
    if FLOAT.fullmatch(text if text.startswith(".") else digits) and not text.startswith("_"):
        number = float(digits)
        if math.isinf(number):
            return text
        return int(number) if number.is_integer() and abs(number) < 1e15 else number
    return text


def _integer(digits: str) -> int | None:
    sign = -1 if digits.startswith("-") else 1
    body = digits.lstrip("+-")
    try:
        if body[:2].lower() in ("0x", "0b", "0o"):
            return sign * int(body, 0)
        if len(body) > 1 and body.startswith("0"):
            return sign * int(body, 8)
    except ValueError:
        return None
    return sign * int(body)


def written(value: bool | int | float | None) -> str:
    """A scalar that is not text, as in YAML: true, null, 1.5."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)
