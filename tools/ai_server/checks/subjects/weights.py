"""The least size of a model's weights, from the name of its file: the memory plan will read the file instead."""

import re

from ai_server.checks import facts

BILLIONS = re.compile(r"(?:^|[-_/.])(?:(\d+)x)?(\d+(?:\.\d+)?)b(?=[-_/.]|$)")
"""The number of weights: 30b, or 8x7b. Of a mixture of experts, the first number is the total: 235b-a22b."""
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

    The experts of NxMb share layers: 8x7b has 47 billion weights, which is more than 80 % of 8 * 7.
    """
    name = path.lower()
    count = BILLIONS.search(name)
    rows = facts.table("quantisations")
    size = next((row["bits"] for row in rows if re.search(rf"(?:^|[-_/.])(?:{row['form']})", name)), bits)
    if not count:
        return 0
    experts = int(count[1]) * 0.8 if count[1] else 1
    return int(experts * float(count[2]) * 1e9 * float(size) / 8)
