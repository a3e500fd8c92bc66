"""Talks to a release the way users do: through a port-forward, with its key and the openai client."""

import base64
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from ai_server.errors import UserError
from ai_server.helm.release import Release
from ai_server.kube import forward
from ai_server.kube.live import api_client, core
from ai_server.lab import programs

QUESTION = "The capital of France is"
"""A question that a model with 135 million parameters can answer."""
WHO_ANSWERS = (
    "A very small model (SmolLM2, 135 million parameters) answered under that name: most of its answers are wrong.\n"
    "With temperature=0, as below, the same question has the same answer."
)
LONG_QUESTION = "Once upon a time, in a small village by the sea, there lived"
LONG_TOKENS = 96


@dataclass(frozen=True)
class Answer:
    """A question and its answer through the gateway; tokens_per_second is for a longer text, after its first token; by
    says what answered.
    """

    model: str
    question: str
    text: str
    tokens_per_second: float
    by: str = WHO_ANSWERS


def gateway(release: Release) -> str:
    """The name of the gateway's Service."""
    return f"{release.name}-litellm"


def key(release: Release, name: str = "LITELLM_MASTER_KEY") -> str:
    """A key from the Secret of the release."""
    secrets = core(api_client(release.kubeconfig)).list_namespaced_secret(
        release.namespace, label_selector=f"app.kubernetes.io/instance={release.name}"
    )
    [content] = [secret.data for secret in secrets.items if name in (secret.data or {})]
    return base64.b64decode(content[name]).decode()


def forwarded(release: Release, target: str, port: int) -> AbstractContextManager[str]:
    """Forwards a port of a Service or pod (service/ai-server-litellm), and yields http://127.0.0.1:PORT."""
    return forward.forwarded(programs.find("kubectl"), release.kubeconfig, release.namespace, target, port)


def client(url: str, api_key: str, **options: Any) -> Any:
    """An openai client for a gateway, whose URL has no /v1 here."""
    import openai

    return openai.OpenAI(base_url=f"{url}/v1", api_key=api_key, **{"max_retries": 0, "timeout": 120, **options})


def ask(release: Release, model: str) -> Answer:
    """Asks a model the question, then for a longer text to measure its speed. UserError if the gateway rejects it."""
    import openai

    with forwarded(release, f"service/{gateway(release)}", 4000) as url:
        api = client(url, key(release))
        try:
            short = api.completions.create(model=model, prompt=QUESTION, max_tokens=8, temperature=0)
            speed = _tokens_per_second(api, model)
        except openai.OpenAIError as error:
            raise UserError(f"{model} did not answer: {error}", code=1) from None
    return Answer(model, QUESTION, short.choices[0].text, speed)


def next_question(release: Release, model: str) -> list[str]:
    """Commands that ask another question, in a shell with KUBECONFIG set, and in Python."""
    kubectl = f"{programs.find('kubectl')} -n {release.namespace}"
    body = f'{{"model": "{model}", "prompt": "The capital of Spain is", "max_tokens": 8, "temperature": 0}}'
    secret = f"{kubectl} get secret {release.name}-keys -o jsonpath='{{.data.LITELLM_MASTER_KEY}}' | base64 -d"
    return [
        "Ask the next question:",
        f"  {kubectl} port-forward service/{gateway(release)} 4000 &",
        f"  export OPENAI_BASE_URL=http://127.0.0.1:4000/v1 OPENAI_API_KEY=$({secret})",
        '  curl -s $OPENAI_BASE_URL/completions -H "Authorization: Bearer $OPENAI_API_KEY"'
        " -H 'Content-Type: application/json'"
        f" -d '{body}'",
        "or in Python (.venv/bin/python), with the same variables:",
        "  from openai import OpenAI",
        '  question = {"prompt": "The capital of Spain is", "max_tokens": 8, "temperature": 0}',
        f'  print(OpenAI().completions.create(model="{model}", **question).choices[0].text)',
    ]


def _tokens_per_second(api: Any, model: str) -> float:
    """Tokens per second after the first token, which excludes the time to read the question."""
    times = [
        time.monotonic()
        for _ in api.completions.create(model=model, prompt=LONG_QUESTION, max_tokens=LONG_TOKENS, stream=True)
    ]
    return (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else 0.0
