"""Variables that a program does not read."""

from collections.abc import Iterator

from ai_server.checks.core.keypaths import leaves
from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.facts import flags_of
from ai_server.checks.facts.rows import of_some_builds
from ai_server.checks.subjects.programs import programs

WITH_VARIABLES = ("llama-server", "vllm", "speaches", "litellm", "openwebui")
OF_LIBRARIES = ("OTEL_", "AWS_", "GOOGLE_", "AZURE_", "NVIDIA_", "CUDA_", "PYTORCH_", "TORCH_", "NCCL_")
"""Read by libraries inside the programs, which read more variables than the programs list."""
MOST_GUESSED = 100
"""The most unknown variables to suggest a name for: a file with more is meant for something else."""
LEAST_LETTERS = 8
"""Shorter names resemble too many others."""


@rule("programs/unknown-env")
def unknown_env(view: RenderView) -> Iterator[Violation]:
    """Looks at the variables that the values set."""
    unknown = 0
    # LiteLLM's configuration refers to other variables by name: keyEnv, and os.environ/NAME
    named = {str(value).removeprefix("os.environ/") for _, value in leaves(view.merged)}
    for server in programs(view, *WITH_VARIABLES):
        known = flags_of(server.program)
        for name in server.env:
            keys = server.env_key(name)
            if known.reads(name) or name in of_some_builds() or not view.given(*keys) or name in named:
                continue
            unknown += 1
            can_suggest = len(name) >= LEAST_LETTERS and unknown <= MOST_GUESSED and not name.startswith(OF_LIBRARIES)
            near = known.near_env(name) if can_suggest else ""
            if keys[:1] != ("global",) and (near or name.startswith(known.prefixes)):
                hint = f"; did you mean {near}?" if near else ""
                message = f"{server.version} does not read {name}{hint}"
                violation = Violation(keys, message, severity=server.severity)
                yield violation.move((*keys[:-1], near)) if near else violation.remove(": it has no effect")


@rule("programs/internal-variable")
def addresses_without_the_charts(view: RenderView) -> Iterator[Violation]:
    """OPENAI_API_BASE_URLS without the chart's address."""
    for server in programs(view, "openwebui"):
        address, addresses = server.env.get("OPENAI_API_BASE_URL"), server.env.get("OPENAI_API_BASE_URLS")
        if isinstance(addresses, str) and addresses and address not in [url.strip() for url in addresses.split(";")]:
            message = "this list overrides the chart's address, which is not in it"
            fix = f"set gatewayUrl instead, or start the list with {address}"
            yield Violation(server.env_key("OPENAI_API_BASE_URLS"), message, fix)
