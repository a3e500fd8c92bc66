"""What a plain YAML scalar means to Helm: go-yaml with YAML 1.1's booleans, numbers passed through JSON.

tests/tools/test_helm_agreement.py holds this against Helm itself, word by word.
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
    """What Helm makes of a plain scalar; infinity for what Helm refuses."""
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
            # beyond this Helm's numbers, which pass through JSON, lose digits
            return value if abs(value) <= LARGEST_INTEGER else float(value)
    # go-yaml takes underscores out, but not of what begins with a dot
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
