"""The files of clients, from clients.yaml."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from string import Template

from ai_server.connect.release import Address, Model
from ai_server.errors import UserError
from ai_server.near import begun, nearest
from ai_server.reading.data import read_data

EMBEDDING = re.compile(r"^\$\[\n(.*?)^\$\]\n", re.MULTILINE | re.DOTALL)
"""The part of a text that only counts with an embedding model."""
LONGEST_ANSWER = 8192
DEFAULT_TOKENS = 32_768
"""What a client is told if nobody knows the context of a model."""


@dataclass(frozen=True)
class Client:
    """A client: its title, the file that its settings belong to, their language and text, what its model needs (chat or
    agent), the version that was tried, the command that installs it, and the variables that must be set for it.
    """

    title: str
    text: str
    language: str = "text"
    file: str = ""
    needs: str = "chat"
    tried: str = ""
    install: str = ""
    variables: tuple[str, ...] = ()

    @property
    def agent(self) -> bool:
        """Whether it needs tool calls and a long context."""
        return self.needs == "agent"

    @property
    def names_model(self) -> bool:
        """Whether the settings name a model; another Open WebUI lists all."""
        return "$model" in self.text

    def assumed(self, model: Model) -> str:
        """What the settings assume as the context of a model; "" if it is known, or the settings do not have it."""
        if model.tokens or "$context" not in self.text:
            return ""
        return f"the context of {model.name} is not known here; change {DEFAULT_TOKENS} to its number of tokens"

    def settings(self, *, address: Address, key: str, model: Model, embedding: Model | None) -> str:
        """Its settings for an address and models. key: what stands for the key."""
        keep = r"\1" if embedding else ""
        tokens = model.tokens or DEFAULT_TOKENS
        values: Mapping[str, object] = {
            "origin": address.origin,
            "url": address.url,
            "key": key,
            "model": model.name,
            "context": tokens,
            "output": min(tokens // 2, LONGEST_ANSWER),
            "embedding": embedding.name if embedding else "",
        }
        return Template(EMBEDDING.sub(keep, self.text)).substitute(values)


@cache
def clients() -> dict[str, Client]:
    """Every client by its name."""
    table = read_data(__file__, "clients.yaml")
    return {name: Client(**{**entry, "variables": tuple(entry.get("variables", ()))}) for name, entry in table.items()}


def client(name: str) -> Client:
    """A client; UserError with the names of those that exist."""
    if name not in clients():
        typo = nearest(name, clients())
        near = " or ".join([typo] if typo else begun(name, clients()))
        raise UserError(
            f'no client is called "{name}"' + (f"; did you mean {near}?" if near else ""),
            hint=f"clients: {', '.join(clients())}; any other one needs the URL, the key and a model's name",
        )
    return clients()[name]
