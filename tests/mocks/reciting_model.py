"""A model for vLLM that needs no training: each token leads to a fixed next one, so it recites two texts.

Asked with a tool in the request, it recites a call of the tool `weather`; else it recites a sentence. Attention and
the feed-forward layer are zero, so only the last token counts: its embedding is one-hot, and `lm_head` has a one
where the row of the next token meets the column of this one.
"""

import json
import struct
from itertools import pairwise
from math import prod
from pathlib import Path

WIDTH, HEADS = 320, 5
LIMIT = 2048
CALL = ("<tool_call>", '{"name": "weather", "arguments": ', '{"city": ', '"Paris"}}', "</tool_call>")
SENTENCE = ("The", " model", " recites", " these", " words", " again.")
UNKNOWN, START, END, CALLS, SPEAKS = SPECIAL = ("<|unk|>", "<|im_start|>", "<|im_end|>", "<|calls|>", "<|speaks|>")
FOLLOWS = [(CALLS, *CALL, END), (SPEAKS, *SENTENCE, END)]
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if tools and messages[-1]['role'] == 'user' %}<|calls|>{% else %}<|speaks|>{% endif %}"
)
CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": WIDTH,
    "intermediate_size": WIDTH,
    "num_hidden_layers": 1,
    "num_attention_heads": HEADS,
    "num_key_value_heads": HEADS,
    "head_dim": WIDTH // HEADS,
    "rms_norm_eps": 1e-6,
    "max_position_embeddings": LIMIT,
    "torch_dtype": "bfloat16",
}


def write(folder: Path) -> Path:
    """Writes the model with its tokenizer, in the format of Hugging Face."""
    folder.mkdir(exist_ok=True)
    bytes_ = _byte_symbols()
    tokens = {text: len(bytes_) + place for place, text in enumerate((*SPECIAL, *CALL, *SENTENCE))}
    size = len(bytes_) + len(tokens)
    ends = {"bos_token_id": tokens[START], "eos_token_id": tokens[END]}
    files = {
        "config.json": {**CONFIG, **ends, "vocab_size": size},
        "generation_config.json": ends,
        "tokenizer_config.json": _tokenizer_config(),
        "tokenizer.json": _tokenizer(bytes_, tokens),
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content))
    pairs = [(tokens[one], tokens[two]) for text in FOLLOWS for one, two in pairwise(text)]
    (folder / "model.safetensors").write_bytes(_weights(size, pairs))
    return folder


def _byte_symbols() -> list[str]:
    """The symbols of a byte-level tokenizer: printable bytes stand for themselves, others for a letter after U+0100."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + place) for place in range(len(others))]


def _tokenizer_config() -> dict[str, object]:
    special = {"unk_token": UNKNOWN, "bos_token": START, "eos_token": END}
    return {**special, "tokenizer_class": "PreTrainedTokenizerFast", "chat_template": TEMPLATE}


def _tokenizer(symbols: list[str], tokens: dict[str, int]) -> dict[str, object]:
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    added = [{"id": place, "content": text, "special": text in SPECIAL, **plain} for text, place in tokens.items()]
    vocabulary = {symbol: place for place, symbol in enumerate(symbols)}
    model = {"type": "BPE", "vocab": vocabulary, "merges": []}
    return {"version": "1.0", "added_tokens": added, "pre_tokenizer": byte_level, "decoder": byte_level, "model": model}


def _weights(size: int, pairs: list[tuple[int, int]]) -> bytes:
    """The tensors as safetensors: https://github.com/huggingface/safetensors#format."""
    layer = "model.layers.0."
    squares = [f"self_attn.{name}_proj" for name in "qkvo"] + [f"mlp.{name}_proj" for name in ("gate", "up", "down")]
    norms = ["model.norm", f"{layer}input_layernorm", f"{layer}post_attention_layernorm"]
    shapes: dict[str, tuple[int, ...]] = {
        "model.embed_tokens": (size, WIDTH),
        "lm_head": (size, WIDTH),
        **{f"{layer}{name}": (WIDTH, WIDTH) for name in squares},
        **dict.fromkeys(norms, (WIDTH,)),
    }
    ones = {
        "model.embed_tokens": [token * WIDTH + token for token in range(size)],
        "lm_head": [following * WIDTH + token for token, following in pairs],
        **{name: range(WIDTH) for name in norms},
    }
    head: dict[str, object] = {"__metadata__": {"format": "pt"}}
    data = bytearray()
    for name, shape in shapes.items():
        tensor = bytearray(2 * prod(shape))
        for place in ones.get(name, ()):
            tensor[2 * place : 2 * place + 2] = b"\x80\x3f"  # 1 as bfloat16
        head[f"{name}.weight"] = {"dtype": "BF16", "shape": shape, "data_offsets": [len(data), len(data) + len(tensor)]}
        data += tensor
    text = json.dumps(head).encode()
    return struct.pack("<Q", len(text)) + text + data
