"""The facts of a model: from a header, to JSON and back, and what is reported if something is missing."""

import json
from dataclasses import replace

import pytest

from ai_server.errors import UserError
from ai_server.memory.layers import layers_of
from ai_server.memory.model import ModelFacts
from ai_server.memory.tensors import Size, tensor_size
from tests.memory.made import Header, Tensor, described

SMALL = described("small_models.yaml")
MODELS = SMALL | described("measured_models.yaml")


@pytest.mark.parametrize("name", MODELS)
def test_facts_survive_json(name: str) -> None:
    """As a file has them, lists and numbers are the same."""
    facts = ModelFacts.of(MODELS[name])
    assert ModelFacts.from_json(json.loads(json.dumps(facts.as_json()))) == facts


def test_facts_are_small() -> None:
    """Those of a model with 24 layers take less than 2 KiB."""
    assert len(json.dumps(ModelFacts.of(MODELS["gptoss-full"]).as_json())) < 2048


def test_shards_add_up() -> None:
    """A model in two files has the same weights, and the second file has no metadata."""
    whole = MODELS["llama1b"]
    first, second = replace(whole, tensors=whole.tensors[:9]), replace(whole, tensors=whole.tensors[9:], numbers={})
    facts = ModelFacts.of(first, second)
    assert (facts.layers, facts.input) == (ModelFacts.of(whole).layers, ModelFacts.of(whole).input)
    assert (facts.files, facts.file_bytes) == (2, 2 * whole.file_bytes)


def test_a_gpu_pads_quantised_rows() -> None:
    """To 512 elements once per tensor, and each tensor to 128 bytes; f16 has no rows to pad."""
    assert tensor_size(Tensor("x", "q8_0", (2880, 2))) == Size(6144, 6400)
    assert tensor_size(Tensor("x", "q8_0", (256, 2))) == Size(544, 896)
    assert tensor_size(Tensor("x", "f16", (288, 2))) == Size(1152, 1152)


def test_all_input_tensors_stay_on_the_host() -> None:
    """Tokens, positions and types of a BERT; its normalisation belongs to the first layer."""
    facts = ModelFacts.of(SMALL["bert"])
    assert facts.input.host == 2 * 256 * 1024 + 2 * 256 * 2048 + 4 * 256
    assert facts.layers[0].host - facts.layers[1].host == 2 * 4 * 256


def test_a_missing_key_is_named_with_its_file() -> None:
    """The key as the file would have it."""
    header = replace(SMALL["llama"], numbers={"block_count": 3, "attention.head_count": 4})
    with pytest.raises(UserError, match=r"small\.gguf: the key llama\.embedding_length is missing"):
        layers_of(ModelFacts.of(header, file="small.gguf"))


def test_a_missing_architecture_is_named() -> None:
    """Without it nothing can be planned."""

    class Empty(Header):
        metadata = {}

    with pytest.raises(UserError, match=r"general\.architecture is missing"):
        ModelFacts.of(Empty("", {}, (), 0), file="x.gguf")


def test_too_few_values_per_layer_are_reported() -> None:
    """A list that is shorter than the layers."""
    numbers = SMALL["lfm2"].numbers | {"attention.head_count_kv": [2, 0]}
    with pytest.raises(UserError, match=r"attention\.head_count_kv has 2 values for 6 layers"):
        layers_of(ModelFacts.of(replace(SMALL["lfm2"], numbers=numbers)))


@pytest.mark.parametrize("change", [{"layers": None}, {"vocabulary": "many"}, {"input": [1]}, {"hyperparameters": 3}])
def test_damaged_facts_are_reported(change: dict[str, object]) -> None:
    """Never with a traceback."""
    data = {**ModelFacts.of(SMALL["llama"]).as_json(), **change}
    with pytest.raises(UserError, match=r"facts\.yaml: not the facts of a model"):
        ModelFacts.from_json(data, "facts.yaml")


def test_a_key_that_facts_lack_is_named() -> None:
    """The one that is missing."""
    data = ModelFacts.of(SMALL["llama"]).as_json()
    del data["output"]
    with pytest.raises(UserError, match="lacks 'output'"):
        ModelFacts.from_json(data)
