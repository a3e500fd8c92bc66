"""Limits of vLLM that contradict each other: tokens of a batch and of a request."""

from collections.abc import Iterator

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.facts import flags_of
from ai_server.checks.subjects.parsers import family
from ai_server.checks.subjects.planning.settings import size
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.reading.profiles import Keys


@rule("programs/batched-tokens")
def batched_tokens(view: RenderView) -> Iterator[Violation]:
    """Compares the batch with the context, if prompts are not split, and with the number of requests:
    vllm/config/scheduler.py, verify_max_model_len.
    """
    for server in programs(view, "vllm"):
        batch, at_batch = _number(server, "--max-num-batched-tokens")
        context, at_context = _number(server, "--max-model-len")
        requests, _ = _number(server, "--max-num-seqs")
        longest, at_longest = _number(server, "--long-prefill-token-threshold")
        if batch and context > batch and not _splits_prompts(server):
            message = f"vLLM exits: {batch} tokens of a batch are fewer than the {context} of maxModelLen"
            yield Violation(at_batch, message, f"use at least {context}, or remove --no-enable-chunked-prefill")
        elif batch and batch < requests:
            message = f"vLLM exits: {batch} tokens of a batch are fewer than the {requests} requests of maxNumSeqs"
            yield Violation(at_batch, message, f"use at least {requests}")
        if context and longest > context:
            message = f"vLLM exits: {longest} tokens are more than the {context} of maxModelLen"
            yield Violation(at_longest or at_context, message, f"use at most {context}")


@rule("programs/tool-call-parser")
def tool_call_parser(view: RenderView) -> Iterator[Violation]:
    """Compares parsers that vLLM knows with those that its docs name for the model's family."""
    known = flags_of("vllm").known["--tool-call-parser"].choices
    for server in programs(view, "vllm"):
        for argument in server.by_flag.get("--tool-call-parser", []):
            of_model = family(server, "--tool-call-parser")
            parser = "".join(argument.values)
            if of_model and of_model.clear and parser in known and parser not in of_model.parsers:
                message = f"{parser} does not read the tool calls of {of_model.name}, by vLLM's documentation"
                keys = server.extra_key(argument) or server.setting("toolCallParser")
                items = 2 if server.extra_key(argument) else 1
                yield Violation(keys, message, f"perhaps use {of_model.parsers[0]}", items=items)


def _number(server: ProgramContainer, flag: str) -> tuple[int, Keys]:
    """The number of a flag and its key; 0 if the flag is missing, or its value is a word."""
    for argument in reversed(server.by_flag.get(flag, [])):
        number = size(argument.values[0]) if argument.values else None
        return int(number or 0), server.argument_key(argument)
    return 0, ()


def _splits_prompts(server: ProgramContainer) -> bool:
    """Whether long prompts are split among batches, which is the default."""
    given = server.by_flag.get("--enable-chunked-prefill", [])
    return not given or not given[-1].flag.startswith("--no-")
