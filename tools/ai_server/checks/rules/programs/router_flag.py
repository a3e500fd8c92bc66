"""A model's flag on the command line of a router."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.facts import flags_of
from ai_server.checks.subjects.presets import MODEL_KEYS
from ai_server.checks.subjects.programs import programs

PER_MODEL = {flags_of("llama-server").canonical(f"--{flag}") for flag in (*MODEL_KEYS, "alias")}
VARIABLES = (
    *("LLAMA_ARG_ALIAS", "LLAMA_ARG_BATCH", "LLAMA_ARG_CACHE_RAM", "LLAMA_ARG_CACHE_TYPE_K", "LLAMA_ARG_CACHE_TYPE_V"),
    *("LLAMA_ARG_CTX_SIZE", "LLAMA_ARG_EMBEDDINGS", "LLAMA_ARG_FIT", "LLAMA_ARG_FLASH_ATTN", "LLAMA_ARG_LOAD_MODE"),
    *("LLAMA_ARG_MMPROJ", "LLAMA_ARG_MODEL", "LLAMA_ARG_N_GPU_LAYERS", "LLAMA_ARG_N_PARALLEL", "LLAMA_ARG_POOLING"),
    *("LLAMA_ARG_RERANKING", "LLAMA_ARG_UBATCH"),
)
"""The same as variables, which the router hands on to each model's process."""


@rule("programs/router-flag")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each such flag or variable of a router."""
    for each in programs(view):
        if each.program != "llama-server" or not each.router:
            continue
        view.count("routers")
        for flag, _ in each.flags:
            if each.canonical(flag) in PER_MODEL:
                message = f"{flag} on a router's command line wins over what every model says"
                yield Violation(each.argument_key(flag), message, "set it in rocm.server, or at the model")
        for variable in each.env:
            if variable in VARIABLES:
                message = f"{variable} of a router is every model's"
                yield Violation(each.env_key(variable), message, "set it in rocm.server, or at the model")
