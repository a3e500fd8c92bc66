"""A model's flag on the command line of a router."""

from collections.abc import Iterator

from ai_server.checks.findings import Context, Found
from ai_server.checks.rules import Rule
from ai_server.checks.running import running

RULE = Rule(
    "A model's setting on the command line of a server with several models",
    why="With several models on a node llama-server is a router, and its command line wins over every model's own"
    " settings in models.ini: a context size there is the context size of all, whatever the values say.",
    wrong="rocm:\n  models:\n    embed: {file: gguf/embed.gguf, mode: embedding}\n  extraArgs: [--ctx-size, '4096']",
    right="rocm:\n  models:\n    embed: {file: gguf/embed.gguf, mode: embedding, ctxSize: 4096}",
)
PER_MODEL = (
    "--model",
    "--ctx-size",
    "--parallel",
    "--n-gpu-layers",
    "--flash-attn",
    "--cache-type-k",
    "--cache-type-v",
    "--batch-size",
    "--ubatch-size",
    "--cache-ram",
    "--load-mode",
    "--fit",
    "--mmproj",
    "--pooling",
    "--embedding",
    "--reranking",
    "--alias",
)


def check(context: Context) -> Iterator[Found]:
    """A finding for each such flag or variable of a router."""
    for each in running(context):
        if each.program != "llama-server" or not each.router:
            continue
        context.count("routers")
        for flag, _ in each.flags:
            if each.canonical(flag) in PER_MODEL:
                message = f"{flag} on a router's command line wins over what every model says"
                yield Found(each.argument_key(flag), message, "set it in rocm.server, or at the model")
        for variable in each.env:
            if variable in ("LLAMA_ARG_CTX_SIZE", "LLAMA_ARG_N_PARALLEL", "LLAMA_ARG_MODEL", "LLAMA_ARG_N_GPU_LAYERS"):
                message = f"{variable} of a router is every model's"
                yield Found(each.env_key(variable), message, "set it in rocm.server, or at the model")
