"""The facts of a model whose files are not at hand, from the name of its file: an upper bound, and what is certain."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from ai_server.memory.catalogue import KnownModel, known_model, names
from ai_server.memory.groups import Group
from ai_server.memory.layers import layers_of
from ai_server.memory.model import ModelFacts, Value
from ai_server.memory.parameters import parameters
from ai_server.memory.quantisation import SUPER_BLOCK, UNKNOWN, Quantisation, quantisation
from ai_server.memory.tensors import Size

BILLIONS = re.compile(r"(?:^|[-_/.])(?:(\d+)x)?(\d+(?:\.\d+)?)b(?=[-_/.]|$)")
"""The number of weights: 30b, or 8x7b. Of a mixture of experts, the first number is the total: 235b-a22b."""
SHARED = 0.8
"""The experts of NxMb share layers: 8x7b has 47 billion weights, which is more than 80 % of 8 * 7."""
HEAD, WIDTH_PER_LAYER, VOCABULARY = 128, 16, 262144
"""Of an unknown model: the size of a head; the fewest numbers per layer that a token is wide, which makes the KV cache
largest: SmolLM2-135M has 19, any other row of models.yaml 27 or more; and the most tokens that any row has."""
BITS = 8


@dataclass(frozen=True)
class ByName:
    """Facts from a name.

    facts: with the weights' upper bound; least: the bytes that the weights take at least, without layers for drafts,
    which many files do not have. model: the row of models.yaml, or "" if the name states the number of weights only;
    source: what the facts are from.
    """

    facts: ModelFacts
    least: int
    model: str
    source: str


@lru_cache(maxsize=256)
def facts_by_name(path: str) -> ByName | None:
    """The facts of the model in a GGUF file or a folder; None if its name says nothing, or names a part of a model.

    For an unknown model, they are an upper bound: a transformer of N weights, L layers and width E has
    N = 12 * L * E * E weights in its layers (Kaplan et al. 2020, arXiv:2001.08361, 2.1). If every head has keys and
    values of its own, a token takes 2 * L * E numbers in the KV cache: most for the smallest width, E = 16 * L. The
    context of such a model is not known: it has to be set.
    """
    parts = names(path)
    bits = quantisation(path) or UNKNOWN
    if parts and (model := known_model(path)):
        where = "; ".join(source.what for source in model.sources)
        return _known(model, bits, f"the name of the file: {model.name}, as in {where}")
    if not (count := next((found for part in parts if (found := weights_of(part))), None)):
        return None
    most, least = count
    facts = _unknown(most)
    layers = facts.number("block_count")
    layer = _size(most * bits.layers(SUPER_BLOCK, 1) / layers)
    facts = replace(facts, layers=(layer,) * layers, file_bytes=layer.host * layers)
    return ByName(facts, int(least * bits.least / BITS), "", "the number of weights in the name of the file")


def weights_of(name: str) -> tuple[int, int] | None:
    """The most and the fewest weights of a model, from its name; None if it does not say."""
    if not (found := BILLIONS.search(name)):
        return None
    experts = int(found[1] or 1)
    most = int(experts * float(found[2]) * 1e9)
    return most, int(most * SHARED) if experts > 1 else most


def _known(model: KnownModel, bits: Quantisation, source: str) -> ByName:
    """The facts of a model of models.yaml, whose weights have some bits."""
    vocabulary = int(str(model.hyperparameters["vocab_size"]))
    facts = _without_sizes(model.architecture, model.hyperparameters, vocabulary, not model.tied)
    count = parameters(facts)
    others = bits.layers(
        facts.number("embedding_length"),
        facts.number("expert_feed_forward_length", facts.number("feed_forward_length", 0)),
    )
    layers = tuple(_size(layer.experts * (model.experts or others) + layer.others * others) for layer in count.layers)
    embedding = _size(count.embedding * bits.embeddings)
    first = embedding + _size(count.other_input * bits.embeddings)
    output = _size(count.output * bits.embeddings)
    file = sum((first, output, *layers), Size()).host
    experts = tuple(_experts(layer.experts * (model.experts or others)) for layer in count.layers)
    facts = replace(facts, input=first, layers=layers, output=output, embedding=embedding, file_bytes=file)
    facts = replace(facts, experts=experts if any(group.host for group in experts) else ())
    drafts = sum(layer.total for layer, keeps in zip(count.layers, layers_of(facts).all, strict=True) if keeps.draft)
    return ByName(facts, int((count.total - drafts) * bits.least / BITS), model.name, source)


def _unknown(weights: int) -> ModelFacts:
    """A transformer whose keys and values take as much as they can with so many weights."""
    layers = 1 + int((weights / (12 * WIDTH_PER_LAYER**2)) ** (1 / 3))
    heads = -(-layers * WIDTH_PER_LAYER // HEAD)
    numbers: dict[str, Value] = {
        "block_count": layers,
        "embedding_length": heads * HEAD,
        "feed_forward_length": 4 * heads * HEAD,
        "attention.head_count": heads,
        "attention.head_count_kv": heads,
        "attention.key_length": HEAD,
        "attention.value_length": HEAD,
    }
    return _without_sizes("llama", numbers, VOCABULARY, True)


def _without_sizes(architecture: str, numbers: Mapping[str, Value], vocabulary: int, own_output: bool) -> ModelFacts:
    return ModelFacts(architecture, numbers, vocabulary, Size(), (), Size(), Size(), own_output, 0)


def _experts(bits: float) -> Group:
    """The experts of a layer, in two or three tensors: the largest has half of the bits at most, if types are mixed."""
    size = _size(bits)
    return Group(size.host, size.device, -(-size.device // 2))


def _size(bits: float) -> Size:
    size = -(-int(bits) // BITS)
    return Size(size, size)
