"""KV caches that others report: cited.yaml.

Not there: row 11 of the same table (compute buffers of builds of 2025, which reserved logits for a whole batch) and row
12 (another estimator's result).
"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from ai_server.memory.kv import Context, cache_of
from ai_server.memory.layers import layers_of
from ai_server.memory.model import ModelFacts
from ai_server.memory.settings import LlamaSettings
from ai_server.memory.terms import MIB
from tests.memory.made import Header, described

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "cited.yaml").read_text())
GPT_OSS_120B = 59851.68
"""MiB of weights on the GPU, llama-server log (backends.md F.4 row 13)."""


def facts(case: dict[str, Any]) -> ModelFacts:
    """The facts of a case's model."""
    numbers = {"embedding_length": 4096, "context_length": 1048576, **case["numbers"]}
    for key, (full, other) in case.get("per_layer", {}).items():
        count = range(numbers["block_count"])
        numbers[key] = [full if (index + 1) % case["period"] == 0 else other for index in count]
    return ModelFacts.of(Header(case["architecture"], numbers, (), 1000))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["source"])
def test_the_cache_is_as_others_report_it(case: dict[str, Any]) -> None:
    """To 0.01 MiB, as far as the log has it."""
    settings = LlamaSettings(**case["settings"])
    model = facts(case)
    cache = cache_of(layers_of(model), Context.of(model, settings), settings)
    assert sum(cache.full) / MIB == pytest.approx(case["full"], abs=0.01)
    assert sum(cache.swa) / MIB == pytest.approx(case.get("swa", 0), abs=0.01)


def test_the_weights_of_gpt_oss_120b_are_as_reported() -> None:
    """With the rows that a GPU pads: 2880 is not a multiple of 512."""
    model = ModelFacts.of(described("cited_models.yaml")["gptoss-120b"])
    device = sum(layer.device for layer in model.layers) + model.output.device
    assert device / MIB == pytest.approx(GPT_OSS_120B, abs=0.01)
