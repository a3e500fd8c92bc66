"""The least size of a model's weights, from the name of its file: the memory plan will read the file instead."""

import re

from ai_server.checks import facts

BILLIONS = re.compile(r"(?:^|[-_/.])(?:(\d+)x)?(\d+(?:\.\d+)?)b(?=[-_/.]|$)")
"""The number of weights: 30b, or 8x7b. Of a mixture of experts, the first number is the total: 235b-a22b."""


def least_bytes(path: str) -> int:
    """The bytes that the weights in a GGUF file take at least; 0 if its name does not say how many, or how small.

    The experts of NxMb share layers: 8x7b has 47 billion weights, which is more than 80 % of 8 * 7.
    """
    name = path.lower()
    count, quantisation = (
        BILLIONS.search(name),
        next((row for row in facts.table("quantisations") if re.search(rf"(?:^|[-_/.])(?:{row['form']})", name)), None),
    )
    if not count or not quantisation:
        return 0
    experts = int(count[1]) * 0.8 if count[1] else 1
    return int(experts * float(count[2]) * 1e9 * float(quantisation["bits"]) / 8)
