"""The name that was probably meant: the nearest one that does not say the opposite."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

OFF = re.compile(r"(?i:(?:^|[-_])(?:no|not|disabled?|without)(?:[-_]|$))|^(?:disable|no)(?=[A-Z])")
"""A word by which a flag, a variable or a key switches something off: --no-x, DISABLE_X, disableX."""


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The nearest known name to one that is none; "" when nothing is near. Of --no-x, x or disable_x only names that
    switch off as well are near, and of other names none that does.
    """
    names = set(known)
    same = [each for each in names if _is_off(each, names) == _is_off(name, names)]
    found = get_close_matches(name, sorted(same), n=1, cutoff=cutoff)
    return found[0] if found else ""


def _is_off(name: str, names: set[str]) -> bool:
    """Whether a name switches something off: by a word in it, or as --nommap does where there is --mmap."""
    return bool(OFF.search(name)) or (name.startswith("--no") and f"--{name[4:]}" in names)
