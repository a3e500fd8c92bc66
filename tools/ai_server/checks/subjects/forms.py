"""Whether a value is of a form: integer, number, size or json, as the program that reads it takes it."""

import json
import re

WANTED = {
    "integer": "a whole number",
    "number": "a number",
    "size": "a number, or one with k, K, m, M, g, G, t or T behind it",
    "json": "JSON",
}
SIZE = re.compile(r"\s*(?:\d+(?:\.\d+)?[kmgt]|\d+[KMGT])\s*")
"""human_readable_int of vllm/utils/argparse_utils.py: k is 1000 and K 1024, which takes no decimals."""
LEADING = re.compile(r"\s*[+-]?(?:\d|\.\d|inf|nan)", re.IGNORECASE)
"""stoi and stof of C++ read the number that a text begins with."""
WHOLE = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+|0x[0-9a-f]+|inf|nan)(?:e[+-]?\d+)?\s*", re.IGNORECASE)


def fits(form: str, value: str) -> bool:
    """Whether Python's readers, which argparse calls, take a value."""
    try:
        if form == "integer" or (form == "size" and not SIZE.fullmatch(value)):
            int(value)
        elif form == "number":
            float(value)
        elif form == "json":
            json.loads(value)
    except ValueError:
        return False
    return True


def begins_with_number(value: str) -> bool:
    """Whether llama-server finds a number in a value."""
    return bool(LEADING.match(value))


def is_number(value: str) -> bool:
    """Whether a value is a number to its end: of 32k, llama-server reads 32."""
    return bool(WHOLE.fullmatch(value))


OFF = ("", "0", "false", "no", "off")
"""What switches a variable off, in lower case."""
