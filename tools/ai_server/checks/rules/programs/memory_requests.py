"""Memory requests that are below the plan, and contexts that are larger than the model's own."""

from collections.abc import Iterator

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import ClusterView, RenderView
from ai_server.checks.subjects.planning.llama_model import llama_model
from ai_server.checks.subjects.planning.requests import requests
from ai_server.checks.subjects.presets import presets
from ai_server.kube.nodes import human
from ai_server.memory.llamacpp import kv_bytes_per_token
from ai_server.memory.terms import MIB

ENOUGH = 0.95
SMALL = 256 * MIB
"""A request that is a few per cent and this much below the plan is as good as planned."""


@rule("programs/small-memory-request")
def small_request(view: ClusterView) -> Iterator[Violation]:
    """Compares the memory request of each container with what its models take, if their files tell it."""
    for request in view.look_at(requests(view)):
        if request.sure and request.now < request.planned * ENOUGH - SMALL:
            takes = f"takes {_human(request.planned)} of node {request.node}'s memory"
            message = (
                f"{request.server.name} requests {_human(request.now)}, but {takes}: other pods may be placed there"
            )
            yield Violation(request.keys, message, at=request.server.pod.identity).use(request.amount)


@rule("programs/context-over-model")
def context_over_model(view: RenderView) -> Iterator[Violation]:
    """Compares the context of each slot with the one that the model was trained for, by its file or its name:
    llama-server uses no more of it (server-context.cpp of b11434, n_ctx_slot), whatever --rope-scaling says.
    """
    for preset in presets(view):
        model = llama_model(preset, view.models)
        facts = model.model.facts
        trained = facts.number("context_length", 0) if facts else 0
        useful, tokens = trained * model.settings.parallel, model.settings.ctx_size
        wasted = facts and 0 < useful < tokens and kv_bytes_per_token(facts, model.settings)
        if wasted and "--override-kv" not in preset.by_flag:
            each = tokens // model.settings.parallel
            message = f"{preset.model} has {each} tokens for each request, but the model was made for {trained}"
            keys = preset.read("ctx-size")[1]
            found = Violation(keys if keys != preset.entry else (*keys, "ctxSize"), message)
            yield found.use(useful, certain=model.model.how == "file")


def _human(amount: int) -> str:
    from decimal import Decimal

    return human("memory", Decimal(amount))
