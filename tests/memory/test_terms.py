"""What holds for every plan of a llama-server: it grows with its settings, and is never negative."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_server.errors import UserError
from ai_server.memory.kv import BLOCKS
from ai_server.memory.llamacpp import kv_bytes_per_token, largest_context, terms
from ai_server.memory.model import ModelFacts
from ai_server.memory.settings import LlamaSettings
from ai_server.memory.terms import MIB, Term
from tests.memory.made import Header, described

HEADERS = described("small_models.yaml") | described("measured_models.yaml")
FACTS = {name: ModelFacts.of(header) for name, header in HEADERS.items()}
models = st.sampled_from(sorted(FACTS))
settings = st.builds(
    LlamaSettings,
    ctx_size=st.integers(1, 300_000),
    parallel=st.integers(1, 16),
    kv_unified=st.booleans(),
    batch_size=st.sampled_from([64, 2048, 8192]),
    ubatch_size=st.sampled_from([32, 512, 2048]),
    cache_type_k=st.sampled_from(sorted(BLOCKS)),
    cache_type_v=st.sampled_from(sorted(BLOCKS)),
    flash_attn=st.booleans(),
    swa_full=st.booleans(),
    embedding=st.booleans(),
    n_gpu_layers=st.none() | st.integers(0, 30),
    cache_ram_mib=st.integers(-1, 9000),
    speculative=st.sampled_from(["", "draft-mtp", "draft-simple"]),
    accelerator=st.sampled_from(["rocm", "cuda", "vulkan", "cpu"]),
    build=st.sampled_from([11434, 11700]),
)
KEPT = ("KV cache", "KV cache of windows", "KV cache of indexers", "recurrent state", "output buffer")


def total(name: str, chosen: LlamaSettings) -> int:
    """All bytes of a plan."""
    return sum(term.bytes for term in terms(FACTS[name], chosen))


def kept(name: str, chosen: LlamaSettings) -> int:
    """The bytes of caches, states and outputs."""
    return sum(term.bytes for term in terms(FACTS[name], chosen) if term.name in KEPT)


def named(found: list[Term], name: str) -> int:
    """The bytes of the terms with a name."""
    return sum(term.bytes for term in found if term.name == name)


@given(models, settings)
def test_terms_are_whole_bytes_with_a_source(name: str, chosen: LlamaSettings) -> None:
    """And what is certain is never more than what is planned."""
    for term in terms(FACTS[name], chosen):
        assert type(term.bytes) is int
        assert term.bytes > 0
        assert 0 <= term.certain <= term.bytes
        assert term.source


@given(models, settings, st.integers(0, 100_000))
def test_more_context_never_takes_less(name: str, chosen: LlamaSettings, more: int) -> None:
    """All terms together."""
    assert total(name, replace(chosen, ctx_size=chosen.ctx_size + more)) >= total(name, chosen)


@given(models, settings, st.integers(1, 8))
def test_more_slots_of_a_context_never_take_less(name: str, chosen: LlamaSettings, more: int) -> None:
    """With a fixed context per slot, and in a unified cache."""
    slots = chosen.parallel + more
    context = chosen.ctx_size if chosen.kv_unified else 1024 * slots
    before = replace(chosen, ctx_size=context if chosen.kv_unified else 1024 * chosen.parallel)
    assert kept(name, replace(before, ctx_size=context, parallel=slots)) >= kept(name, before)


@given(st.integers(1, 60), st.integers(1, 20), settings)
def test_more_layers_never_take_less(layers: int, more: int, chosen: LlamaSettings) -> None:
    """Of caches: the weights are the file's."""
    small, large = (_llama(count) for count in (layers, layers + more))
    names = ("KV cache", "KV cache of windows")
    sizes = [sum(named(terms(facts, chosen), name) for name in names) for facts in (small, large)]
    assert sizes[0] * (layers + more) == sizes[1] * layers


@given(models, settings, st.integers(1, 40), st.integers(-1, 1))
def test_the_largest_context_fits_and_the_next_does_not(
    name: str, chosen: LlamaSettings, steps: int, more: int
) -> None:
    """In steps of 1024 tokens, up to the model's own context: with what a context takes, a byte less and more."""
    available = total(name, replace(chosen, ctx_size=steps * 1024)) + more
    found = largest_context(FACTS[name], chosen, available)
    assert found % 1024 == 0
    if found:
        assert total(name, replace(chosen, ctx_size=found)) <= available
    if found + 1024 <= FACTS[name].number("context_length"):
        assert total(name, replace(chosen, ctx_size=found + 1024)) > available


def test_a_token_of_context_takes_what_the_cache_grows_by() -> None:
    """llama-3.2-1b: 16 layers, 8 heads of 64, K and V, f16: 32 KiB."""
    facts, chosen = FACTS["llama1b-full"], LlamaSettings(ctx_size=8192)
    assert kv_bytes_per_token(facts, chosen) == 32 * 1024
    larger = named(terms(facts, replace(chosen, ctx_size=16384)), "KV cache")
    assert larger - named(terms(facts, chosen), "KV cache") == 8192 * 32 * 1024


def test_an_unknown_architecture_is_an_upper_bound() -> None:
    """All layers are full, and nothing of their cache is certain."""
    facts = ModelFacts.of(replace(HEADERS["gemma3"], architecture="gemma9"))
    known = named(terms(FACTS["gemma3"], LlamaSettings(swa_full=True)), "KV cache of windows")
    [cache] = [term for term in terms(facts, LlamaSettings()) if term.name == "KV cache"]
    assert (cache.bytes > known, cache.certain) == (True, 0)


def test_no_flash_attention_without_a_pool_grows_far_beyond_the_plan_after_loading() -> None:
    """The trap of builds for ROCm: 35,214 MiB more after a prompt of 65,536 tokens (measured)."""
    chosen = LlamaSettings(ctx_size=65536, flash_attn=False)
    more = named(terms(FACTS["llama1b"], chosen), "GPU workspace of requests") / MIB
    assert more == pytest.approx(35214, rel=0.01)
    pooled = named(terms(FACTS["llama1b"], replace(chosen, accelerator="cuda")), "GPU workspace of requests") / MIB
    assert pooled == pytest.approx(2136, abs=100)


@pytest.mark.parametrize(
    ("model", "context", "measured"),
    [
        ("llama1b", 4096, 710),
        ("llama1b", 8192, 2138),
        ("llama1b", 16384, 5842),
        ("llama1b", 32768, 14992),
        ("llama70b", 4096, 1320),
        ("llama70b", 8192, 4170),
        ("llama70b", 16384, 11570),
    ],
)
def test_that_growth_is_as_measured(model: str, context: int, measured: int) -> None:
    """memory-measured.md, section 3, b11434: within 1 % or 200 MiB."""
    found = terms(FACTS[model], LlamaSettings(ctx_size=context, flash_attn=False))
    more = named(found, "GPU workspace of requests") / MIB
    assert more == pytest.approx(measured, abs=max(measured * 0.01, 200))


def test_an_invalid_cache_type_is_reported() -> None:
    """With those that llama-server has."""
    with pytest.raises(UserError, match="no cache of the type q3_k"):
        terms(FACTS["llama"], LlamaSettings(cache_type_k="q3_k"))


def _llama(layers: int) -> ModelFacts:
    header: Header = replace(HEADERS["llama"], numbers={**HEADERS["llama"].numbers, "block_count": layers})
    return ModelFacts.of(header)
