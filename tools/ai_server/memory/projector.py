"""What a projector (mmproj file) takes next to its model."""

from collections.abc import Iterator

from ai_server.memory.model import ModelFacts
from ai_server.memory.settings import LlamaSettings
from ai_server.memory.terms import Term, Where

SOURCE = "tools/mtmd/clip.cpp of b11434"


def projector_terms(facts: ModelFacts, settings: LlamaSettings) -> Iterator[Term]:
    """Its weights, and an upper bound of its compute buffer."""
    where: Where = "device" if settings.mmproj_offload and settings.accelerator != "cpu" else "host"
    parts = (facts.input, *facts.layers, facts.output)
    weights = sum(part.host if where == "host" else part.device for part in parts)
    yield Term("projector", weights, where, f"file; {SOURCE}")
    yield Term("compute buffer of the projector", picture(facts), where, f"upper bound; {SOURCE}", least=0)


def picture(facts: ModelFacts) -> int:
    """Bytes to encode a picture of the projector's size at most: activations, and scores without flash attention.

    A projector that takes pictures of any size may need more. 0 for one that has no pictures.
    """
    side = facts.number("vision.image_size", 0) // max(facts.number("vision.patch_size", 1), 1)
    patches = side * side
    embedding = facts.number("vision.embedding_length", 0)
    feed_forward = facts.number("vision.feed_forward_length", 0)
    heads = facts.number("vision.attention.head_count", 0)
    return 4 * patches * (3 * feed_forward + 5 * embedding + heads * patches)
