"""The least size of a model's weights, from the name of its file."""

import re

from ai_server.memory.by_name import BILLIONS, weights_of
from ai_server.memory.quantisation import quantisation

ACTIVE = re.compile(r"(?:^|[-_/.])a(\d+(?:\.\d+)?)b(?=[-_/.]|$)")
"""The number of weights that each token reads: a3b."""


def read_per_token(path: str) -> int:
    """The bytes of weights that each token reads at least; 0 if the name does not say."""
    count, active = BILLIONS.search(path.lower()), ACTIVE.search(path.lower())
    part = float(active[1]) / float(count[2]) if count and active else 1
    return int(least_bytes(path) * min(part, 1))


def least_bytes(path: str, bits: float = 0) -> int:
    """The bytes that the weights in a file or folder take at least; 0 if its name does not say how many there are. If
    it does not say how small, each weight has the given bits.
    """
    name = path.lower()
    count, found = weights_of(name), quantisation(name)
    return int(count[1] * (found.least if found else bits) / 8) if count else 0
