"""Corrections of common mistakes in names, amounts and paths."""

import re

CORRECTIONS = (
    lambda text: text.replace(" ", ""),
    lambda text: re.sub(r"(?i)\s*([kmgt])i?b?$", lambda unit: f"{unit[1].replace('k', 'K').upper()}i", text),
    lambda text: re.sub(r"(?i)\s*[x*]\s*", "x", text),
    lambda text: re.sub("[^a-z0-9-]+", "-", text.lower()).strip("-"),
    lambda text: re.sub("[^A-Za-z0-9_]+", "_", text).lstrip("0123456789"),
    lambda text: re.sub("[^A-Za-z0-9._:-]+", "-", text).strip("-"),
    lambda text: f"sha256:{text.lower()}",
)
FREE = ("a /b", "/a b")
"""A form that accepts one of these is a path or a line of text: other characters would mean something else."""
PLAIN_PATH = re.compile(r"[\w.-]+(/[\w.-]+)*/?")


def corrected(pattern: str, value: str) -> str:
    """The value, corrected so that the pattern matches; "" if that is not possible."""
    if any(re.search(pattern, text) for text in FREE):
        rooted = f"/{value}" if PLAIN_PATH.fullmatch(value) else ""
        candidates = [value.strip(), rooted]
    else:
        candidates = [correct(value) for correct in CORRECTIONS]
    return next((text for text in candidates if text and re.search(pattern, text)), "") if value else ""
