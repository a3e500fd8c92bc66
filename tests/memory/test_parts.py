"""The parts of a plan that no measured start has: drafts, adapters, projectors, checkpoints, mapped weights."""

from dataclasses import replace
from typing import Any

import pytest

from ai_server.memory.layers import Layer, layers_of
from ai_server.memory.llamacpp import terms
from ai_server.memory.model import ModelFacts
from ai_server.memory.settings import LlamaSettings
from ai_server.memory.terms import MIB, Term
from tests.memory.made import Header, Tensor, described

HEADERS = described("small_models.yaml") | described("measured_models.yaml")
PROJECTOR = Header(
    "clip",
    {
        "vision.image_size": 896,
        "vision.patch_size": 14,
        "vision.embedding_length": 1152,
        "vision.feed_forward_length": 4304,
        "vision.attention.head_count": 16,
    },
    (Tensor("v.blk.0.ffn_up.weight", "f16", (1152, 4304)), Tensor("mm.input_projection.weight", "f16", (1152, 3840))),
    0,
)


def facts(name: str, **numbers: int) -> ModelFacts:
    """The facts of a described model with other numbers."""
    return ModelFacts.of(replace(HEADERS[name], numbers=HEADERS[name].numbers | numbers))


def named(found: list[Term], name: str) -> int:
    """The bytes of the terms with a name."""
    return sum(term.bytes for term in found if term.name == name)


def test_layers_for_drafts_are_only_loaded_for_drafts() -> None:
    """Weights and cache of the last layer, with nextn_predict_layers 1."""
    model = facts("qwen3moe", nextn_predict_layers=1)
    without = terms(model, LlamaSettings(ctx_size=4096))
    drafts = terms(model, LlamaSettings(ctx_size=4096, speculative="draft-mtp"))
    assert named(drafts, "weights") - named(without, "weights") == model.layers[-1].device
    assert named(drafts, "KV cache") == named(without, "KV cache")
    assert 2 * named(drafts, "KV cache of drafts") == named(without, "KV cache") * 2 // (len(model.layers) - 1)


def test_drafts_multiply_the_recurrent_state() -> None:
    """One state per drafted token and one more; a separate small model needs none."""
    model = facts("qwen35moe")
    sizes = [
        named(terms(model, LlamaSettings(speculative=kind)), "recurrent state")
        for kind in ("", "draft-simple", "draft-mtp")
    ]
    assert sizes == [sizes[0], sizes[0], 4 * sizes[0]]


def test_a_layer_for_drafts_of_a_hybrid_model_has_a_cache() -> None:
    """Though its place in the interval would make it recurrent; the main context does without."""
    *trunk, last = layers_of(facts("qwen35moe", block_count=5, nextn_predict_layers=1)).all
    assert [layer.cells for layer in trunk] == ["none", "none", "none", "full"]
    assert (last.cells, last.state, last.draft) == ("full", 0, True)


def test_a_draft_model_is_a_second_model_in_the_same_process() -> None:
    """Its weights, caches and buffers, but no second GPU context."""
    settings = LlamaSettings(ctx_size=4096)
    alone = terms(facts("llama70b"), settings)
    both = terms(facts("llama70b"), settings, draft=(facts("llama1b"), settings))
    assert named(both, "draft model: weights") == named(terms(facts("llama1b"), settings), "weights")
    assert named(both, "GPU context") == named(alone, "GPU context")


def test_adapters_take_the_size_of_their_files() -> None:
    """Each on the GPU."""
    adapter = replace(facts("llama"), file_bytes=3 * MIB)
    found = terms(facts("llama1b"), LlamaSettings(), adapters=[adapter, adapter])
    assert [term.where for term in found if term.name == "adapter"] == ["device", "device"]
    assert named(found, "adapter") == 6 * MIB


def test_a_projector_takes_its_weights_and_at_most_its_largest_picture() -> None:
    """4096 patches with 16 heads take 1 GiB of scores alone, of which nothing is certain."""
    found = terms(facts("gemma3"), LlamaSettings(), projector=ModelFacts.of(PROJECTOR))
    assert named(found, "projector") == 2 * 1152 * (4304 + 3840)
    [picture] = [term for term in found if term.name == "compute buffer of the projector"]
    assert (picture.bytes > 1024 * MIB, picture.certain) == (True, 0)


@pytest.mark.parametrize(
    ("model", "changes", "expected"),
    [
        ("gemma3", {"parallel": 2}, 2 * 32 * 5 * 1024 * 8 * 512 * 2),
        ("gemma3", {"swa_full": True}, 0),
        ("llama1b", {}, 0),
        ("qwen35moe", {"ctx_checkpoints": 5}, 5 * 3 * 4 * (3 * 8192 + 128 * 4096)),
    ],
)
def test_a_checkpoint_holds_a_window_and_the_recurrent_state(
    model: str, changes: dict[str, Any], expected: int
) -> None:
    """Up to --ctx-checkpoints of them in each slot, of which nothing is certain."""
    found = [term for term in terms(facts(model), LlamaSettings(**changes)) if term.name == "context checkpoints"]
    assert sum(term.bytes for term in found) == expected
    assert all(term.certain == 0 for term in found)


def test_mapped_weights_on_the_host_can_be_dropped() -> None:
    """The page cache has them; read weights stay."""
    for mode, certain in (("mmap", 0), ("none", 501 * MIB)):
        found = terms(facts("llama1b"), LlamaSettings(load_mode=mode))
        assert sum(term.certain for term in found if term.name == "weights on the host") == certain


def test_all_layers_on_the_host_leave_the_gpu_its_context() -> None:
    """n_gpu_layers 0: no weights and no cache there."""
    found = terms(facts("llama1b"), LlamaSettings(n_gpu_layers=0))
    assert not [term for term in found if term.where == "device" and term.name in ("weights", "KV cache")]


@pytest.mark.parametrize(
    ("architecture", "window", "kinds"),
    [
        ("llama4", None, "swa swa swa full"),
        ("llama4", 0, "full full full full"),
        ("smallthinker", None, "full full full full"),
        ("smallthinker", 1, "full swa swa swa"),
        ("exaone4", 4096, "full full full full"),
        ("phi3", 2048, "full full full full"),
        ("gemma2", None, "swa full swa full"),
        ("cohere2moe", 512, "full swa swa swa"),
    ],
)
def test_windows_follow_the_code_of_each_architecture(architecture: str, window: int | None, kinds: str) -> None:
    """Some have one without the key, some not even with it."""
    numbers = HEADERS["llama"].numbers | {"block_count": 4}
    numbers |= {} if window is None else {"attention.sliding_window": window}
    found = layers_of(ModelFacts.of(Header(architecture, numbers, (), 100)))
    assert [layer.cells for layer in found.all] == kinds.split()


def test_a_layer_of_falcon_h1_has_both() -> None:
    """A cache and a state."""
    assert all(layer.cells == "full" and layer.state for layer in layers_of(facts("falcon-h1")).all)


def test_a_recurrent_model_has_no_cache() -> None:
    """Mamba: a convolution of 3 and a state of 16 for each of 512 elements."""
    assert set(layers_of(facts("mamba")).all) == {Layer(state=512 * (3 + 16))}
