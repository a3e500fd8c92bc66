"""Values with a character that looks like a quote, a dash or a space of YAML."""

import re

from ai_server.checks.core.model import Violation
from ai_server.reading.oddtext import DASHES, INVISIBLE, QUOTES, SPACES, odd_characters
from ai_server.reading.profiles import Keys

QUOTED = re.compile(rf"[{QUOTES}](?P<text>.*)[{QUOTES}]", re.DOTALL)
DASHED = re.compile(rf"(?P<dash>[{DASHES}])(?P<name>[a-zA-Z]\S*)")
ITEMS = re.compile(rf"[{DASHES}\u2022] +\S")
AROUND = re.compile(rf"^[{SPACES}{INVISIBLE}]+|[{SPACES}{INVISIBLE}]+$|[\u200b\u2060\ufeff]")
FOR_PEOPLE = re.compile(r"name$|_(TITLE|BANNERS?|PROMPT.*|TEMPLATE)$", re.IGNORECASE)
"""Keys with a text that people read, which may have any characters."""


def odd_value(keys: Keys, text: str) -> Violation | None:
    """The violation for a value without quotes, as written; None if it has no odd characters."""
    if text.isascii() or FOR_PEOPLE.search(str(keys[-1])):
        return None
    if AROUND.search(text):
        message = f"contains {odd_characters(''.join(AROUND.findall(text)))}, which cannot be seen"
        return Violation(keys, message).use(AROUND.sub("", text))
    if quoted := QUOTED.fullmatch(text):
        message = f"{odd_characters(text[0] + text[-1])}: to YAML they are part of the text"
        return Violation(keys, message).use(quoted["text"])
    if text[0] in QUOTES:
        return Violation(keys, f"{odd_characters(text[0])}: to YAML it is part of the text", "use straight quotes")
    if ITEMS.match(text):
        message = f"{odd_characters(text[0])} in place of the dash of a list item"
        return Violation(keys, message, "begin each item with a dash and a space")
    if dashed := DASHED.match(text):
        message = f"begins with {odd_characters(dashed['dash'])}, not with the dashes of a flag"
        return Violation(keys, message).use(f"--{dashed['name']}{text[dashed.end() :]}", certain=False)
    return None
