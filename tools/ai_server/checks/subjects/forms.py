"""Whether a program accepts a value as an integer, number, size or JSON."""

import json
import re

WANTED = {
    "integer": "a whole number",
    "number": "a number",
    "size": "a number, or one with the suffix k, K, m, M, g, G, t or T",
    "json": "JSON",
}
SIZE = re.compile(r"\s*(?:\d+(?:\.\d+)?[kmgt]|\d+[KMGT])\s*")
"""human_readable_int of vllm/utils/argparse_utils.py: k is 1000; K is 1024 and allows no decimals."""
LEADING = re.compile(r"\s*[+-]?(?:\d|\.\d|inf|nan)", re.IGNORECASE)
"""stoi and stof of C++ read the number at the start of a text."""
WHOLE = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+|0x[0-9a-f]+|inf|nan)(?:e[+-]?\d+)?\s*", re.IGNORECASE)

LLAMA_ON = ("true", "on", "1", "enabled")
LLAMA_OFF = ("false", "off", "0", "disabled")
"""What llama-server's models.ini and variables accept for a flag without a value (arg.cpp, is_truthy and is_falsey)."""


def fits(form: str, value: str) -> bool:
    """Whether Python, as called by argparse, accepts a value."""
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
    """Whether all of a value is a number: llama-server reads 32k as 32."""
    return bool(WHOLE.fullmatch(value))
