"""The plan of a llama-server against the real one, which the chart's default image has too: its log, term by term.

The build is for the CPU; what it cannot show (a GPU's compute buffers and context) is in test_measured.py. Each model of
small_models.yaml is started with each of the settings.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ai_server.memory.llamacpp import terms
from ai_server.memory.model import ModelFacts
from ai_server.memory.settings import LlamaSettings
from ai_server.memory.terms import MIB
from tests.agreement.installed import NotInstalledError, llama_server
from tests.memory.made import described
from tests.memory.server import allocated

pytestmark = pytest.mark.slow("starts llama-server", "tools/ai_server/memory")

CPU = LlamaSettings(ctx_size=4096, accelerator="cpu")
SETTINGS = {
    "default": CPU,
    "split-and-padded": replace(CPU, ctx_size=6000, parallel=3),
    "unified": replace(CPU, ctx_size=8192, parallel=4, kv_unified=True, ubatch_size=256),
    "quantised-swa-full": replace(CPU, cache_type_k="q8_0", cache_type_v="q8_0", swa_full=True),
    "no-flash-attention": replace(CPU, ctx_size=5000, parallel=2, flash_attn=False),
    "mixed-types": replace(CPU, cache_type_k="q8_0", cache_type_v="f16", batch_size=300, ubatch_size=300),
    "short-ubatch": replace(CPU, ctx_size=3000, parallel=5, ubatch_size=64, batch_size=128),
}
MODELS = described("small_models.yaml")
EXACT, BELOW, ABOVE = 0.011, 1.0, 3.5
"""MiB: exact terms, and the compute buffers of models with small dimensions below and above."""


@pytest.fixture(scope="module", params=MODELS)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A model's name and its file."""
    path = tmp_path_factory.mktemp("models") / f"{request.param}.gguf"
    yield request.param, MODELS[request.param].write(path)
    path.unlink()


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_the_plan_is_what_the_server_allocates(model: tuple[str, Path], settings: LlamaSettings) -> None:
    """Weights, caches, recurrent state and output buffer exactly, the compute buffer closely."""
    name, path = model
    settings = replace(settings, embedding=name == "bert")
    if name == "deepseek2":
        # The server wants both types to be the same with MLA, which has no V.
        settings = replace(settings, cache_type_v=settings.cache_type_k)
    try:
        program = llama_server()
    except NotInstalledError as error:
        pytest.skip(str(error))
    real = allocated(program, path, settings)
    planned: dict[str, float] = {}
    for term in terms(ModelFacts.of(MODELS[name]), settings):
        planned[term.name] = planned.get(term.name, 0) + term.bytes / MIB
    caches = planned.get("KV cache", 0), planned.get("KV cache of windows", 0)
    assert planned["weights on the host"] == pytest.approx(real.weights, abs=EXACT)
    assert [cache for cache in caches if cache] == pytest.approx([cache for cache in real.caches if cache], abs=EXACT)
    assert planned.get("recurrent state", 0) == pytest.approx(real.state, abs=EXACT)
    assert planned["output buffer"] == pytest.approx(real.output, abs=EXACT)
    assert real.compute - BELOW <= planned["compute buffer on the host"] <= real.compute + ABOVE


def test_the_models_are_of_many_kinds() -> None:
    """At least twelve architectures, with windows, MLA, recurrent states, experts and without a cache."""
    assert len({header.architecture for header in MODELS.values()}) >= 12
