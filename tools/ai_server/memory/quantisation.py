"""Bits per weight of a quantisation, from quantisations.yaml, by the name of a file or folder."""

import re
from dataclasses import dataclass
from functools import cache

from ai_server.reading.data import read_data

EMBEDDINGS = 8.5
"""Bits per weight of embedding and output weights at most, as published: Q8_0 (34 bytes for 32 weights)."""
SUPER_BLOCK = 256
"""Rows of k- and i-quants are multiples of this many weights: QK_K in ggml/src/ggml-common.h of llama.cpp b11434."""
OF_THREE = 3
"""A feed-forward part has three matrices; only the rows of ffn_down are as long as it is wide."""


@dataclass(frozen=True)
class Quantisation:
    """Bits per weight: at least, usually, and at most: of layers, of layers with odd rows, of embeddings and output."""

    least: float
    typical: float
    most: float
    odd: float
    embeddings: float

    def layers(self, embedding_length: int, *feed_forward_lengths: int) -> float:
        """Bits per weight of layers with rows of these lengths, at most.

        If only the feed-forward part is odd, so are the rows of ffn_down: a third of its weights.
        """
        if embedding_length % SUPER_BLOCK:
            return self.odd
        if any(length % SUPER_BLOCK for length in feed_forward_lengths):
            return self.most + (self.odd - self.most) / OF_THREE
        return self.most


UNKNOWN = Quantisation(1.5, 16.0, 16.3, 16.3, 16.3)
"""If the name does not say: anything from IQ1_S to BF16."""


def quantisation(path: str) -> Quantisation | None:
    """What the name of a file states, such as Qwen3-32B-Q4_K_M.gguf, or else that of its folder; None if none does."""
    parts = reversed(path.lower().split("/"))
    return next((bits for part in parts for form, bits in _table() if form.search(part)), None)


@cache
def _table() -> tuple[tuple[re.Pattern[str], Quantisation], ...]:
    return tuple(
        (
            re.compile(rf"(?:^|[-_.])(?:{row['form']})"),
            Quantisation(
                float(row["least"]),
                float(row["typical"]),
                float(row["most"]),
                float(row.get("odd", row["most"])),
                float(row.get("embeddings", max(EMBEDDINGS, row["most"]))),
            ),
        )
        for row in read_data(__file__, "quantisations.yaml")
    )
