"""The compute buffers of mixtures of experts of some widths, as llama.cpp b11434's own allocator reserves them."""

from dataclasses import replace

import pytest

from ai_server.memory.groups import Group
from ai_server.memory.llamacpp import terms
from ai_server.memory.model import ModelFacts
from ai_server.memory.settings import LlamaSettings
from ai_server.memory.terms import MIB
from tests.memory.made import described

FACTS = {name: ModelFacts.of(header) for name, header in described("measured_models.yaml").items()}
ON_GPU = LlamaSettings(accelerator="cuda")
EXACT = 0.2


def test_experts_that_are_wider_than_the_model_need_more_next_to_their_copy() -> None:
    """Mixtral-8x7B's dimensions in q4_0: 400.01 MiB with experts of 252 MiB."""
    numbers = {"embedding_length": 4096, "feed_forward_length": 14336, "expert_feed_forward_length": 14336}
    numbers |= {"expert_count": 8, "expert_used_count": 2, "attention.head_count_kv": 8}
    facts = replace(
        FACTS["qwen3moe"],
        architecture="llama",
        hyperparameters={**FACTS["qwen3moe"].hyperparameters, **numbers},
        experts=(Group(756 * MIB, 756 * MIB, 252 * MIB),) * 3,
    )
    found = terms(facts, replace(ON_GPU, ctx_size=4096, n_cpu_moe=-1))
    [copy] = [term.bytes / MIB for term in found if term.name == "compute buffer"]
    assert copy == pytest.approx(400.01, abs=EXACT)


@pytest.mark.parametrize(
    ("embedding", "used", "expert", "reserved"),
    [(7168, 8, 2048, 380.01), (5120, 8, 1536, 276.01), (4096, 8, 1024, 212.01), (2048, 10, 512, 130.01)],
)
def test_narrow_experts_need_a_place_for_their_weighted_results(
    embedding: int, used: int, expert: int, reserved: float
) -> None:
    """With all weights on the GPU: those of DeepSeek-V3's width and three others."""
    numbers = {"embedding_length": embedding, "expert_used_count": used, "expert_feed_forward_length": expert}
    facts = replace(FACTS["qwen3moe"], hyperparameters={**FACTS["qwen3moe"].hyperparameters, **numbers})
    [buffer] = [t.bytes / MIB for t in terms(facts, replace(ON_GPU, ctx_size=4096)) if t.name == "compute buffer"]
    assert buffer == pytest.approx(reserved, abs=EXACT)
