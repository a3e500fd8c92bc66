"""The config.json of a model folder: its numbers, with the names and defaults that models leave out."""

from collections.abc import Mapping

from ai_server.errors import UserError

DEFAULTS: dict[str, dict[str, int]] = {
    "gemma3_text": {
        "num_attention_heads": 8,
        "num_key_value_heads": 4,
        "head_dim": 256,
        "sliding_window": 4096,
        "vocab_size": 262208,
        "max_position_embeddings": 131072,
    },
    "gemma2": {"head_dim": 256, "sliding_window": 4096},
    "gemma": {"head_dim": 256},
    "gpt_oss": {"head_dim": 64, "sliding_window": 128},
    "qwen3_next": {"head_dim": 256},
}
"""Keys that these models' configs leave out: transformers 5.24, models/*/configuration_*.py."""
CONTEXT = (
    "max_position_embeddings",
    "n_positions",
    "max_seq_len",
    "seq_length",
    "model_max_length",
    "max_sequence_length",
)
"""The keys of the longest context: vllm/config/model.py, _get_and_verify_max_len."""
UNSCALED = ("su", "longrope", "llama3", "yarn", "deepseek_yarn", "deepseek_llama_scaling")
"""Scaling of positions after which max_position_embeddings is the longest context already, as in that function."""


class Config:
    """A config.json, for the text part of the model."""

    def __init__(self, file: str, keys: Mapping[str, object]) -> None:
        self.file = file
        self.keys = keys
        self.model_type = str(keys.get("model_type") or "")
        self.defaults = DEFAULTS.get(self.model_type, {})

    def number(self, *names: str, default: int | None = None) -> int:
        """The first of some keys with a whole number; UserError if there is none, and no default."""
        for name in names:
            value = self.keys.get(name, self.defaults.get(name))
            if isinstance(value, bool) or not isinstance(value, int | float | list):
                continue
            # a list is one value per layer: the largest is the upper bound
            numbers = [item for item in value if isinstance(item, int)] if isinstance(value, list) else [int(value)]
            if numbers and min(numbers) < 0:
                raise UserError(f"{self.file}: {name} is {value}", hint="download it again")
            if numbers:
                return max(numbers)
        if default is None:
            raise UserError(f"{self.file} has no {names[0]}", hint="give the config.json of a language model")
        return default

    def words(self, name: str) -> list[str]:
        """A list of words; empty if it is missing."""
        value = self.keys.get(name)
        return [str(item) for item in value] if isinstance(value, list) else []

    @property
    def layers(self) -> int:
        """num_hidden_layers, with the names that older models have for it."""
        return self.number("num_hidden_layers", "n_layer", "num_layers", "n_layers")

    @property
    def heads(self) -> int:
        """num_attention_heads."""
        return self.number("num_attention_heads", "n_head", "n_heads", default=0)

    @property
    def hidden(self) -> int:
        """hidden_size."""
        return self.number("hidden_size", "n_embd", "d_model")

    @property
    def head_dim(self) -> int:
        """head_dim, else hidden_size / num_attention_heads; UserError without both."""
        if size := self.number("head_dim", default=0):
            return size
        if not self.heads:
            raise UserError(f"{self.file} has no num_attention_heads", hint="give the config.json of a language model")
        return self.hidden // self.heads

    @property
    def context(self) -> int:
        """The longest context in tokens, with the scaling of positions that the config asks for."""
        tokens = self.number(*CONTEXT, default=0)
        scaling = self.keys.get("rope_parameters") or self.keys.get("rope_scaling")
        if not isinstance(scaling, dict):
            return tokens
        kind, factor = scaling.get("rope_type") or scaling.get("type"), scaling.get("factor")
        if kind == "longrope":
            return self.number("original_max_position_embeddings", default=tokens)
        if not isinstance(factor, int | float) or kind in UNSCALED or self.model_type.startswith("gemma3"):
            return tokens
        return int(factor * tokens)

    @property
    def intermediate(self) -> int:
        """The numbers of a token in the widest MLP: all its experts together."""
        dense = self.number("intermediate_size", "n_inner", "ffn_hidden_size", default=4 * self.hidden)
        experts = self.number("num_experts_per_tok", "num_experts_per_token", "top_k_experts", default=0)
        shared = self.number("n_shared_experts", "num_shared_experts", default=0)
        return max(dense, (experts + shared) * self.number("moe_intermediate_size", default=dense))
