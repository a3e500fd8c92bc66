"""What each layer of a model keeps per token or per sequence: facts to layers, as llama.cpp b11434 does it."""

from dataclasses import dataclass
from typing import Literal

from ai_server.memory import architectures as known
from ai_server.memory.model import ModelFacts
from ai_server.memory.recurrent import feed_forward, recurrent_layers, state_elements

Cells = Literal["full", "swa", "none"]


@dataclass(frozen=True)
class Layer:
    """A layer. key, value: elements per cell of its cache (value 0: MLA keeps none); index_*: of its indexer's cache,
    which is always full. state: elements of its recurrent state per sequence. draft: only for drafts (MTP).
    """

    cells: Cells = "none"
    key: int = 0
    value: int = 0
    index_key: int = 0
    index_value: int = 0
    state: int = 0
    draft: bool = False


@dataclass(frozen=True)
class Layers:
    """The layers of a model. window: of its SWA layers. widest_value: elements of V without flash attention.

    certain: False for an architecture that is not known, whose layers may take less than these.
    """

    all: tuple[Layer, ...]
    window: int
    widest_value: int
    certain: bool = True

    @property
    def any_full(self) -> bool:
        """Whether a layer attends to all tokens."""
        return any(layer.cells == "full" and not layer.draft for layer in self.all)

    @property
    def any_swa(self) -> bool:
        """Whether a layer attends to a window."""
        return any(layer.cells == "swa" and not layer.draft for layer in self.all)


def layers_of(facts: ModelFacts) -> Layers:
    """The layers of a model. UserError if the file lacks a key that llama.cpp needs as well.

    Source: load_hparams() and create_memory() in src/llama-model.cpp, src/llama-hparams.cpp, src/models/*.cpp.
    """
    name = facts.architecture
    count = layer_count(facts)
    trunk = count - facts.number("nextn_predict_layers", 0)
    swa, window = sliding(facts, count)
    recurrent = recurrent_layers(facts, count, trunk)
    heads = _repeated(facts.per_layer("attention.head_count", facts.number("block_count"), 0), count)
    kv_heads = heads
    if "attention.head_count_kv" in facts.hyperparameters:
        kv_heads = _repeated(facts.per_layer("attention.head_count_kv", facts.number("block_count")), count)
    mla = is_mla(facts)
    keys, values = widths(facts, heads[0] if heads else 0)
    state = state_elements(facts)
    from_start = kv_from_start(facts, count)
    layers = []
    for index in range(count):
        key, value = keys[swa[index]] * kv_heads[index], values[swa[index]] * kv_heads[index]
        has_cache = name not in known.NO_CACHE and name not in known.RECURRENT and index < from_start
        if name not in known.KV_IN_ALL_AND_RECURRENT and recurrent[index]:
            has_cache = False
        if name.startswith("nemotron_h") and feed_forward(facts, count)[index]:
            has_cache = False
        draft = index >= trunk
        cells: Cells = ("swa" if swa[index] else "full") if has_cache else "none"
        index_key, index_value = indexer(facts, index, trunk, recurrent[index], mla)
        layers.append(
            Layer(
                cells=cells,
                key=key,
                value=0 if mla else value,
                index_key=index_key,
                index_value=index_value,
                state=state if recurrent[index] and not draft else 0,
                draft=draft and (name not in known.HYBRID_BY_HEADS or name in known.TRUNK_ONLY_HYBRIDS),
            )
        )
    if name == "graniteswitch":
        layers.append(Layer("full", keys[0], values[0]))
    widest = max((values[swa[index]] * kv_heads[index] for index in range(count)), default=0)
    return Layers(tuple(layers), window, widest, certain=name in known.KNOWN - known.UNPLANNED)


def layer_count(facts: ModelFacts) -> int:
    """The layers of the graph; nanbeige goes through its layers several times (src/models/nanbeige.cpp)."""
    loops = facts.number("num_loops", 1) if facts.architecture == "nanbeige" else 1
    return facts.number("block_count") * loops


def is_mla(facts: ModelFacts) -> bool:
    """Whether the cache holds only the compressed K (is_mla() in src/llama-hparams.cpp; DeepSeek-V4 does too)."""
    lengths = (facts.number("attention.key_length_mla", 0), facts.number("attention.value_length_mla", 0))
    return all(lengths) or facts.architecture == "deepseek4"


def widths(facts: ModelFacts, heads: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Elements per KV head of K, and of V, in a full and in a SWA layer."""
    if not heads:
        heads = facts.number("attention.head_count", 0)
    if not heads:
        return (0, 0), (0, 0)
    default = facts.number("embedding_length") // heads
    key = facts.number("attention.key_length", default)
    value = facts.number("attention.value_length", default)
    return (
        (key, facts.number("attention.key_length_swa", key)),
        (value, facts.number("attention.value_length_swa", value)),
    )


def sliding(facts: ModelFacts, count: int) -> tuple[tuple[bool, ...], int]:
    """Which layers have sliding window attention, and the window in tokens."""
    none = (False,) * count
    name = facts.architecture
    window = facts.number("attention.sliding_window", 0)
    trunk = count - facts.number("nextn_predict_layers", 0)
    if name == "deepseek4":
        return (True,) * count, window
    if name == "lfm2" and window:
        recurrent = recurrent_layers(facts, count, trunk)
        return tuple(not flag for flag in recurrent), window
    pattern = known.SLIDING.get(name)
    if pattern is None:
        if name in known.PATTERN_IN_FILE and window:
            return tuple(bool(flag) for flag in facts.per_layer("attention.sliding_window_pattern", count)), window
        return none, 0
    window = _window(facts, pattern)
    if not window or known.ONLY_WITH_LAYERS.get(name, trunk) != trunk:
        return none, 0
    own = facts.hyperparameters.get("attention.sliding_window_pattern")
    if isinstance(own, tuple):
        return tuple(bool(flag) for flag in facts.per_layer("attention.sliding_window_pattern", count)), window
    every = int(own) if own is not None else pattern.every
    flags = tuple(_is_sliding(index, every, pattern.dense_first) and index < trunk for index in range(count))
    return flags, window


def kv_from_start(facts: ModelFacts, count: int) -> int:
    """How many layers have a cache of their own; the others share it (n_layer_kv_from_start)."""
    if facts.architecture == "gemma3n":
        return 20
    if facts.architecture == "gemma4":
        return count - facts.number("attention.shared_kv_layers", 0)
    return count


def indexer(facts: ModelFacts, index: int, trunk: int, recurrent: bool, mla: bool) -> tuple[int, int]:
    """Elements per cell of K and V that a layer's indexer keeps."""
    name, size = facts.architecture, facts.number("attention.indexer.key_length", 0)
    if name not in known.INDEXERS or not size or recurrent or index >= trunk:
        return 0, 0
    if name == "hy_v4" and not facts.number("attention.indexer.top_k", 0):
        return 0, 0
    if name == "minimax-m3":
        if index < facts.number("leading_dense_block_count", 0):
            return 0, 0
        return size, 0 if mla else widths(facts, 0)[1][0]
    types = facts.hyperparameters.get("attention.indexer.types")
    if name in ("glm-dsa", "hy_v4", "dots3note", "glm5-next") and isinstance(types, tuple) and index < len(types):
        size *= bool(types[index])
    return size * known.INDEXER_ROWS.get(name, 1), 0


def _window(facts: ModelFacts, pattern: known.Pattern) -> int:
    stated = facts.hyperparameters.get("attention.sliding_window")
    if not pattern.forced:
        return facts.number("attention.sliding_window", pattern.window)
    # llama4 has a window unless its file says 0, smallthinker only if its file says more.
    off = stated == 0 or (stated is None and facts.architecture == "smallthinker")
    return 0 if off else pattern.window


def _is_sliding(index: int, every: int, dense_first: bool) -> bool:
    if not every:
        return True
    return index % every != 0 if dense_first else index % every < every - 1


def _repeated(values: tuple[int, ...], count: int) -> tuple[int, ...]:
    return tuple(values[index % len(values)] for index in range(count)) if values else (0,) * count
