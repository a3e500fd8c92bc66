"""What people write instead of the names, amounts and paths of this chart, and how it is corrected."""

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
"""A form that takes one of these is that of a path or a line of text: changing characters would name something else."""
PLAIN_PATH = re.compile(r"[\w.-]+(/[\w.-]+)*/?")


def corrected(pattern: str, value: str) -> str:
    """A value that the pattern matches; "" where that cannot be told."""
    if any(re.search(pattern, text) for text in FREE):
        rooted = f"/{value}" if PLAIN_PATH.fullmatch(value) else ""
        candidates = [value.strip(), rooted]
    else:
        candidates = [correct(value) for correct in CORRECTIONS]
    return next((text for text in candidates if text and re.search(pattern, text)), "") if value else ""
