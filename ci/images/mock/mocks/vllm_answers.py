"""Answers in the form of vLLM 0.30.0, as tests/mocks/answers/vllm.yaml has them from vLLM itself."""

import asyncio
import json
import os
import time
import uuid
from collections.abc import AsyncGenerator

from mocks.talk import Answer

FINGERPRINT = {"system_fingerprint": "vllm-0.30.0-mock"}
EMPTY = {"kv_transfer_params": None, "ec_transfer_params": None, "metrics": None}
UNUSED = {"prompt_logprobs": None, "prompt_token_ids": None}
OPEN = {"logprobs": None, "finish_reason": None}


def model_card(name: str, root: str, context: int) -> dict:
    """A model in the list of models."""
    created = int(time.time())
    allowed = {"create_engine": False, "sampling": True, "logprobs": True, "search_indices": False, "view": True}
    permission = {
        "id": f"modelperm-{uuid.uuid4().hex[:16]}",
        "object": "model_permission",
        "created": created,
        **{f"allow_{action}": value for action, value in allowed.items()},
        "allow_fine_tuning": False,
        "organization": "*",
        "group": None,
        "is_blocking": False,
    }
    about = {"id": name, "object": "model", "created": created, "owned_by": "vllm", "root": root, "parent": None}
    return {**about, "max_model_len": context, "permission": [permission]}


def usage_of(prompt: int, answer: Answer) -> dict:
    """The number of tokens of a prompt and its answer."""
    return {"prompt_tokens": prompt, "total_tokens": prompt + answer.tokens, "completion_tokens": answer.tokens}


def _head(model: str, kind: str) -> dict:
    prefix = "chatcmpl" if kind.startswith("chat") else "cmpl"
    number = uuid.uuid4().hex[:16]
    return {"id": f"{prefix}-{number}", "object": kind, "created": int(time.time()), "model": model}


def complete_answer(model: str, answer: Answer, usage: dict, *, chat: bool) -> dict:
    """An answer that is not streamed."""
    end = {"logprobs": None, "finish_reason": answer.reason, "stop_reason": None, "token_ids": None}
    usage = {**usage, "prompt_tokens_details": None, "completion_tokens_details": None}
    common = {"service_tier": None, **FINGERPRINT, "usage": usage}
    if not chat:
        choice = {"index": 0, "text": answer.text, **end, **UNUSED, "routed_experts": None}
        return {**_head(model, "text_completion"), "choices": [choice], **common, **EMPTY}
    calls = {"tool_calls": [answer.call]} if answer.call else {}
    nothing = {"refusal": None, "annotations": None, "audio": None, "function_call": None}
    message = {"role": "assistant", "content": answer.text, **nothing, **calls, "reasoning": None}
    choice = {"index": 0, "message": message, **end, "routed_experts": None}
    return {**_head(model, "chat.completion"), "choices": [choice], **common, **UNUSED, "prompt_text": None, **EMPTY}


async def events(
    model: str, answer: Answer, usage: dict, *, chat: bool, with_usage: bool
) -> AsyncGenerator[bytes, None]:
    """The events of a streamed answer: one per word, at the speed of MOCK_TOKENS_PER_SECOND."""
    pause = 1 / float(os.environ.get("MOCK_TOKENS_PER_SECOND", "50"))
    head = _head(model, "chat.completion.chunk" if chat else "text_completion")
    choices = _chat_choices(answer) if chat else _text_choices(answer)
    for place, choice in enumerate(choices):
        last = FINGERPRINT if place == len(choices) - 1 and not with_usage else {}
        first = {"prompt_token_ids": None, "prompt_text": None} if chat and place == 0 else {}
        yield _event({**head, "choices": [{"index": 0, **choice}], **first, **last})
        if (choice.get("delta") or choice).get("content" if chat else "text"):
            await asyncio.sleep(pause)
    if with_usage:
        yield _event({**head, "choices": [], "usage": usage, **FINGERPRINT})
    yield b"data: [DONE]\n\n"


def _chat_choices(answer: Answer) -> list[dict]:
    begin = {"delta": {"role": "assistant", "content": ""}, **OPEN}
    end = {"logprobs": None, "finish_reason": answer.reason, "stop_reason": None, "token_ids": None}
    if answer.call:
        function = answer.call["function"]
        pieces = [
            {**answer.call, "index": 0, "function": {"name": function["name"]}},
            {"index": 0, "function": {"arguments": function["arguments"]}},
        ]
        deltas = [{"content": None, "tool_calls": [piece]} for piece in pieces]
    else:
        deltas = [{"content": word} for word in answer.words]
    # the last word comes with the reason if the answer is cut off; else an event follows
    last = deltas.pop() if answer.reason == "length" else {}
    return [begin, *({"delta": delta, **OPEN, "token_ids": None} for delta in deltas), {"delta": last, **end}]


def _text_choices(answer: Answer) -> list[dict]:
    words = answer.words if answer.reason == "length" else [*answer.words, ""]
    rest = {"stop_reason": None, "prompt_token_ids": None, "token_ids": None}
    return [
        {"text": word, "logprobs": None, "finish_reason": answer.reason if place == len(words) else None, **rest}
        for place, word in enumerate(words, 1)
    ]


def _event(content: dict) -> bytes:
    return f"data: {json.dumps(content)}\n\n".encode()
