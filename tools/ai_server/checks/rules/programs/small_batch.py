"""A physical batch that long embedding or rerank inputs do not fit into."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.presets import presets
from ai_server.reading.profiles import Keys

ENOUGH_TOKENS = 2048
"""The chart's own limit for builds whose memory grows with the batch: charts/rocm/templates/_flags.tpl."""


@rule("programs/small-batch")
def check(view: RenderView) -> Iterator[Violation]:
    """A warning for each embedding or rerank model whose batch is smaller than a slot and than 2048."""
    told: set[Keys] = set()
    for preset in presets(view):
        # llama-server splits the input of a decoder with last-token pooling: server-context.cpp, can_split
        if not {"embedding", "reranking"} & preset.flags.keys() or preset.flags.get("pooling") == "last":
            continue
        view.count("batches of embedding models")
        slot = preset.number("ctx-size") // max(1, preset.number("parallel"))
        wanted = min(slot or ENOUGH_TOKENS, ENOUGH_TOKENS)
        for flag, key in (("ubatch-size", "ubatchSize"), ("batch-size", "batchSize")):
            keys = preset.key(flag)
            if keys not in (preset.entry, *told) and (tokens := preset.number(flag)) < wanted:
                message = f"{preset.model} answers HTTP 500 to inputs of more than {tokens} tokens"
                told.add(keys)
                yield Violation(keys, message, f"remove {key}, or write at least {wanted}")
                break
