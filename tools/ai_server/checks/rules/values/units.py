"""Numbers in another unit than that of their key: milliseconds for seconds, GiB for MiB, and thousands of tokens."""

import re
from collections.abc import Iterator

from ai_server.checks import facts
from ai_server.checks.core.keypaths import leaves
from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import ValuesView
from ai_server.reading.profiles import Keys

LEAST_MILLISECONDS = 30_000
HOUR, WEEK = 3600, 604_800
FOREVER = re.compile("10+")
"""What people write for no limit."""
MOST_GIB = 64
MOST_THOUSANDS = 256


@rule("values/other-unit")
def other_unit(view: ValuesView) -> Iterator[Violation]:
    """Looks at the numbers of the files."""
    for keys, value in leaves(view.values.values):
        number = int(value) if str(value).isdecimal() else 0
        if number and _is_among("seconds", keys) and _of_milliseconds(number):
            message = f"{number} seconds are {_long(number)}; in milliseconds it would be {_long(number // 1000)}"
            yield Violation(keys, message).use(number // 1000, certain=False)
        elif 0 < number <= MOST_GIB and _is_among("mebibytes", keys):
            message = f"{number} MiB hold less than a usual prompt; {number} GiB are {number * 1024}"
            yield Violation(keys, message).use(number * 1024, certain=False)
        elif 0 < number <= MOST_THOUSANDS and _is_among("tokens", keys):
            message = f"{number} tokens are less than a question; {number}k are {number * 1024}"
            yield Violation(keys, message).use(number * 1024, certain=False)


def _is_among(unit: str, keys: Keys) -> bool:
    rows = facts.table("units")[unit]
    return any(re.fullmatch(row["name"], str(keys[-1])) and row.get("below", keys[0]) == keys[0] for row in rows)


def _of_milliseconds(number: int) -> bool:
    """Whether a number of seconds is odd, and would be round in milliseconds; entire hours up to a week are not odd."""
    hours = number % HOUR == 0 and number <= WEEK
    return number >= LEAST_MILLISECONDS and number % 1000 == 0 and not hours and not FOREVER.fullmatch(str(number))


def _long(seconds: int) -> str:
    for unit, size in (("days", 86_400), ("hours", HOUR), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds} seconds"
