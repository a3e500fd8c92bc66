"""The words of a fix that removes something: a flag with its value, and what would be left empty, an error as well."""

from collections.abc import Sequence
from typing import Any

from ai_server.checks.core.model import REMOVE
from ai_server.checks.core.secrets import Mask
from ai_server.reading.edit import Change, at
from ai_server.reading.profiles import Keys, Values

ENTRIES = ("nodes", "models")


def worded(values: Values, mask: Mask, fix: str, changes: Sequence[Change]) -> str:
    """A fix that begins with "remove it", in words that name all that must go."""
    if not fix.startswith(REMOVE) or not changes or any(change.op != "remove" for change in changes):
        return fix
    removed = [change.keys for change in changes]
    document = next((part for part in reversed(values.documents) if removed[0] in part.places), None)
    if document is None or len({keys[:-1] for keys in removed}) > 1:
        return fix
    parent = removed[0][:-1]
    holder = at(document.values, parent)
    what, also = REMOVE, ""
    if isinstance(holder, list) and len(removed) > 1:
        flag = " ".join(str(holder[int(keys[-1])]) for keys in sorted(removed, key=lambda keys: int(keys[-1])))
        what = f"remove {flag}" if mask.message(flag) == flag else REMOVE
    if len(holder) == len(removed) and parent and document.places[parent].line != document.places[removed[-1]].line:
        top = _emptied(document.values, parent)
        also = f", and {top[-1]}, which is then empty" if top else f", and leave {parent[-1]}: {{}}"
    return f"{what}{also}{fix.removeprefix(REMOVE)}"


def _emptied(values: dict[str, Any], parent: Keys) -> Keys:
    """The highest key that holds nothing but the parent, up to the entry of a node or a model; () for such an entry."""
    top: Keys = ()
    while not _is_entry(parent):
        top, parent = parent, parent[:-1]
        if len(at(values, parent)) > 1:
            break
    return top


def _is_entry(keys: Keys) -> bool:
    """Whether a key means something without content: a node, a model, an item of a list, or a section."""
    return len(keys) < 2 or keys[-2] in ENTRIES or keys[-1] in ENTRIES or isinstance(keys[-1], int)
