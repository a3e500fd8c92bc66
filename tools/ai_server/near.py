"""Finds the name that was probably meant: the nearest one that does not mean the opposite."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

OFF = re.compile(r"(?i:(?:^|[-_])(?:no|not|disabled?|without)(?:[-_]|$))|^(?:disable|no)(?=[A-Z])")
"""The part of a flag, a variable or a key that means off: --no-x, DISABLE_X, disableX."""


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The known name nearest to an unknown one; "" if none is near. Names that switch something off (--no-x, disable_x)
    are only near to others that do.
    """
    names = set(known)
    same = [candidate for candidate in names if _is_off(candidate, names) == _is_off(name, names)]
    matches = get_close_matches(name, sorted(same), n=1, cutoff=cutoff)
    return matches[0] if matches else ""


def choice(value: object, choices: Iterable[str], cutoff: float = 0.6) -> str:
    """The choice that was probably meant: the nearest one, ignoring case; "" if none is near."""
    names = {name.lower(): name for name in choices}
    matches = get_close_matches(str(value).lower(), names, n=1, cutoff=cutoff)
    return names[matches[0]] if matches else ""


def _is_off(name: str, names: set[str]) -> bool:
    """Whether a name switches something off: by a part of it, or like --nommap if there is --mmap."""
    return bool(OFF.search(name)) or (name.startswith("--no") and f"--{name[4:]}" in names)
