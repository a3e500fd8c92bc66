"""What a safetensors model folder says about the memory that its model takes in vLLM; tensors are never read."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import get_args

from ai_server.errors import UserError
from ai_server.memory.folder_config import Config
from ai_server.memory.folder_layers import Kind, Layers, layers_of
from ai_server.memory.safetensors import read_json, read_weights

TEXT = ("text_config", "llm_config", "language_config", "thinker_config")
"""Where multimodal models keep the config of the language model (get_text_config in transformers 5.24, and
vllm/transformers_utils/configs)."""
FIELDS_OF_LAYERS = {field.name for field in fields(Layers)}


@dataclass(frozen=True)
class FolderFacts:
    """What the memory of a model in safetensors depends on. Sizes are in bytes, or numbers of a vector.

    weights: all tensors; weights_by_type: the same by their type in the files; speculative: the part that only
    speculative decoding loads. dtype: of the config, or "". quantization: quant_method, or "". kv_dtype: what the
    checkpoint asks of its KV cache, or "". intermediate_size: of the widest MLP, where the experts of a token count
    together. context: the longest, in tokens, 0 if unknown. multimodal: whether it has an
    encoder for pictures or sound.
    """

    name: str
    weights: int
    weights_by_type: tuple[tuple[str, int], ...]
    speculative: int
    model_type: str
    dtype: str
    quantization: str
    kv_dtype: str
    context: int
    vocab_size: int
    hidden_size: int
    intermediate_size: int
    num_attention_heads: int
    multimodal: bool
    layers: tuple[Layers, ...]

    def as_json(self) -> dict[str, object]:
        """The facts as what JSON can express."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> "FolderFacts":
        """The facts that as_json returned; UserError if something is missing or has another type."""
        found: dict[str, object] = {}
        for field in fields(cls):
            value = data.get(field.name)
            if field.name == "layers":
                found["layers"] = tuple(_layers(item) for item in _list(value))
            elif field.name == "weights_by_type":
                found["weights_by_type"] = tuple(_pair(item) for item in _list(value))
            elif type(value) is field.type:
                found[field.name] = value
            else:
                raise _incomplete(field.name)
        return cls(**found)  # type: ignore[arg-type]


def read_folder(path: Path) -> FolderFacts:
    """The facts of a model folder; UserError if a file is missing, incomplete or not what its name says."""
    file = path / "config.json"
    if not file.is_file():
        hint = "give the folder that has config.json and *.safetensors"
        raise UserError(f"{path} has no config.json" if path.is_dir() else f"{path} is not a folder", hint=hint)
    outer = read_json(file)
    inner = _text_config(outer)
    config = Config(str(file), inner)
    layers = layers_of(config)
    weights = read_weights(path, config.layers)
    quantization = _quantization(path, outer, inner)
    return FolderFacts(
        name=path.resolve().name,
        weights=weights.bytes,
        weights_by_type=weights.by_type,
        speculative=weights.speculative,
        model_type=config.model_type,
        dtype=_dtype(outer) or _dtype(inner),
        quantization=str(quantization.get("quant_method") or ""),
        kv_dtype=_kv_dtype(quantization),
        context=config.context,
        vocab_size=config.number("vocab_size", default=0),
        hidden_size=config.hidden,
        intermediate_size=config.intermediate,
        num_attention_heads=config.heads,
        multimodal=any(key in outer for key in ("vision_config", "audio_config", "thinker_config")),
        layers=layers,
    )


def _text_config(config: Mapping[str, object]) -> Mapping[str, object]:
    """The config of the language model, which may be nested twice; keys of the outer one fill the gaps."""
    for name in TEXT:
        inner = config.get(name)
        if isinstance(inner, dict):
            return _text_config(inner)
    return config


def _dtype(config: Mapping[str, object]) -> str:
    return str(config.get("dtype") or config.get("torch_dtype") or "")


def _quantization(folder: Path, *configs: Mapping[str, object]) -> Mapping[str, object]:
    """quantization_config, or the file that ModelOpt writes in its place (vllm/transformers_utils/config.py)."""
    for config in configs:
        for name in ("quantization_config", "compression_config"):
            if found := _mapping(config.get(name)):
                return found
    file = folder / "hf_quant_config.json"
    if not file.is_file():
        return {}
    found = read_json(file)
    algorithm = str(_mapping(found.get("quantization")).get("quant_algo") or "")
    return {"quant_method": "modelopt_fp4" if algorithm.upper() == "NVFP4" else "modelopt", **found}


def _kv_dtype(quantization: Mapping[str, object]) -> str:
    """What --kv-cache-dtype auto means: get_kv_cache_quant_algo_string in vllm/utils/torch_utils.py for ModelOpt, and
    kv_cache_scheme of compressed-tensors in vllm/model_executor/layers/attention/attention.py.
    """
    if not str(quantization.get("quant_method") or "").startswith("modelopt"):
        return "fp8" if quantization.get("kv_cache_scheme") else ""
    inner = _mapping(quantization.get("quantization")) or quantization
    places = (inner, quantization)
    found = [place.get(name) for name in ("kv_cache_scheme", "kv_cache_quant_algo") for place in places]
    algorithm = next((item for item in found if item), None)
    if isinstance(algorithm, dict):
        bits, kind = algorithm.get("num_bits"), algorithm.get("type")
        fixed = algorithm.get("dynamic") is False
        return "fp8" if kind == "float" and bits == 8 and fixed else "nvfp4" if kind == "float" and bits == 4 else ""
    return {"fp8": "fp8", "nvfp4": "nvfp4"}.get(str(algorithm).lower(), "")


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    if not isinstance(value, list | tuple):
        raise _incomplete("layers or weights_by_type")
    return list(value)


def _layers(item: object) -> Layers:
    given = _mapping(item)
    for field in fields(Layers):
        right = (str,) if field.name in ("kind", "ssm_dtype") else (int,)
        if field.name in given and type(given[field.name]) not in right:
            raise _incomplete(field.name)
    if given.get("kind") not in get_args(Kind) or not {"kind", "count"} <= given.keys() <= FIELDS_OF_LAYERS:
        raise _incomplete("layers")
    return Layers(**given)  # type: ignore[arg-type]


def _pair(item: object) -> tuple[str, int]:
    values = _list(item)
    if len(values) != 2 or not isinstance(values[0], str) or not isinstance(values[1], int):
        raise _incomplete("weights_by_type")
    return values[0], values[1]


def _incomplete(name: str) -> UserError:
    return UserError(f"the facts of a model folder have no valid {name}", hint="run ai-server inspect again")
