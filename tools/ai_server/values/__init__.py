"""The typed models that values.yaml, its schemas and its reference are printed from: edit here."""

from typing import Annotated

from pydantic import Field

from ai_server.values.base import FilledByHelm, Section
from ai_server.values.litellm import Litellm
from ai_server.values.openwebui import Openwebui
from ai_server.values.rocm import Rocm
from ai_server.values.shared import Global, Library
from ai_server.values.thor import Thor


class AiServer(Section):
    """Everything that can be set: what all share, and a section a component."""

    global_: Annotated[Global, Field(alias="global")] = Global()
    """What is set once for all components."""
    rocm: Rocm = Rocm()
    """llama.cpp on AMD Strix Halo nodes."""
    thor: Thor = Thor()
    """vLLM, ComfyUI and speech on Jetson AGX Thor nodes."""
    litellm: Litellm = Litellm()
    """One OpenAI-compatible API over every model."""
    openwebui: Openwebui = Openwebui()
    """The chat page."""
    common: Annotated[Library, FilledByHelm()] = Library()
    """Helm's place for the library chart."""


__all__ = ["AiServer", "Global", "Library", "Litellm", "Openwebui", "Rocm", "Section", "Thor"]
