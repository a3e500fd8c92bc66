"""Variables that a program does not read."""

from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase

from ai_server.checks.core.keypaths import leaves
from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.facts import Flags, flags_of, table
from ai_server.checks.facts.rows import of_some_builds
from ai_server.checks.subjects.programs import ProgramContainer, programs
from ai_server.reading.edit import Change
from ai_server.reading.wording import enumerated

WITH_VARIABLES = ("llama-server", "vllm", "speaches", "litellm", "openwebui")
ALL_KNOWN = ("openwebui",)
"""Programs that start no others, and whose own variables are all known: nobody reads another one."""
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
        known, unread = flags_of(server.program), []
        for name in server.env:
            keys = server.env_key(name)
            if known.reads(name) or name in of_some_builds() or not view.given(*keys) or name in named:
                continue
            unknown += 1
            meant = _meant(known, name) if unknown <= MOST_GUESSED and not name.startswith(OF_LIBRARIES) else ""
            if keys[:1] == ("global",):
                continue
            if meant and not view.given(*keys[:-1], meant):
                message = f"{server.version} does not read {name}; did you mean {meant}?"
                renamed = Violation(keys, message, severity=server.severity).move((*keys[:-1], meant))
                yield _with_end(renamed, server.env[name], _former(known, name).get("ends", ""))
            elif meant or name.startswith(known.prefixes) or _has_no_reader(server, name):
                unread.append(name)
        if unread:
            yield _unread(server, unread)


def _former(known: Flags, name: str) -> dict[str, str]:
    """What is known about a former name of a variable."""
    about: str | dict[str, str] = table("renamed_variables").get(known.program, {}).get(name, {})
    return {"name": about} if isinstance(about, str) else about


def _with_end(renamed: Violation, value: object, end: str) -> Violation:
    """A variable with another name and an address that ends in another way, as the program expects."""
    if not end or not isinstance(value, str) or end in value:
        return renamed
    to, address = renamed.changes[0].to, f"{value.rstrip('/')}{end}"
    changes = (Change("set", to, address), Change("remove", renamed.keys))
    return replace(renamed, fix=f"use {to[-1]}: {address}", changes=changes)


def _meant(known: Flags, name: str) -> str:
    """The variable that was probably meant: by its former name, or the nearest."""
    renamed: str = _former(known, name).get("name", "")
    return renamed or (known.near_env(name) if len(name) >= LEAST_LETTERS else "")


def _has_no_reader(server: ProgramContainer, name: str) -> bool:
    """Whether neither the program, nor a library, nor a command or another variable of its container reads it."""
    if server.program not in ALL_KNOWN or server.value("command") or not name.isupper():
        return False
    if any(fnmatchcase(name, pattern) for group in table("library_variables") for pattern in group):
        return False
    texts = [*server.container.get("args", []), *server.env.values()]
    return not any(f"$({name})" in str(text) for text in texts)


def _unread(server: ProgramContainer, names: list[str]) -> Violation:
    """One violation for all variables that nobody reads; a warning if plugins may read them."""
    known = flags_of(server.program)
    own = all(name.startswith(known.prefixes) for name in names)
    first = Violation(server.env_key(names[0]), "", severity=server.severity if own else "warning")
    message = f"{server.version} does not read {enumerated(names)}"
    if len(names) == 1:
        return replace(first, message=message).remove(": it has no effect")
    keys = [server.env_key(name) for name in names]
    changes = tuple(Change("remove", key, certain=first.severity != "warning") for key in keys)
    return replace(first, message=message, fix="remove them: they have no effect", changes=changes)


@rule("programs/internal-variable")
def internal_variable(view: RenderView) -> Iterator[Violation]:
    """Looks at variables that replace what the chart derives from settings: addresses of the API and of the page."""
    for server in programs(view, "openwebui"):
        address, addresses = server.env.get("OPENAI_API_BASE_URL"), server.env.get("OPENAI_API_BASE_URLS")
        if isinstance(addresses, str) and addresses and address not in [url.strip() for url in addresses.split(";")]:
            message = "this list overrides the chart's address, which is not in it"
            fix = f"set gatewayUrl instead, or start the list with {address}"
            yield Violation(server.env_key("OPENAI_API_BASE_URLS"), message, fix)
        page_url, page_address = server.env_key("WEBUI_URL"), ("openwebui", "url")
        if view.given(*page_url) and page_url != page_address:
            message = "only Open WebUI reads it: the chart allows the origin in openwebui.url, and prints it"
            violation, url = Violation(page_url, message), server.env.get("WEBUI_URL")
            certain = not view.get("openwebui", "ingress", "enabled")
            if view.get(*page_address):
                yield violation.remove()
            elif isinstance(url, str) and "://" not in url:
                yield replace(violation, fix=f"remove it, and set openwebui.url: https://{url}")
            else:
                yield violation.move(page_address, certain=certain)
