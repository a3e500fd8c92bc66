"""The typed models from which values.yaml, its schemas and its reference are generated: edit here."""

from typing import Annotated

from pydantic import Field

from ai_server.values.base import ExtraObject, FilledByHelm, Section
from ai_server.values.gpu import Gpu
from ai_server.values.litellm import Litellm
from ai_server.values.openwebui import Openwebui
from ai_server.values.rocm import Rocm
from ai_server.values.shared import Global, Library
from ai_server.values.thor import Thor


class AiServer(Section):
    """All values: those that all components share, and one section per component."""

    global_: Annotated[Global, Field(alias="global")] = Global()
    """Settings for all components."""
    rocm: Rocm = Rocm()
    """AMD nodes: by default llama.cpp on Strix Halo."""
    thor: Thor = Thor()
    """Jetson AGX Thor nodes: by default vLLM, ComfyUI and speech in one pod on one GPU."""
    gpu: Gpu = Gpu()
    """Any other node: NVIDIA cards, DGX Spark, Intel and AMD cards, or no GPU at all; by default llama.cpp."""
    litellm: Litellm = Litellm()
    """LiteLLM: one OpenAI-compatible API for all models."""
    openwebui: Openwebui = Openwebui()
    """Open WebUI: the chat page."""
    extra_objects: list[ExtraObject] = []
    """Kubernetes objects that belong to the release, such as a Certificate or a NetworkPolicy, exactly as written:
    {{ }} has no meaning here, so rules of Prometheus and templates of ExternalSecrets need no escaping."""
    common: Annotated[Library, FilledByHelm()] = Library()
    """Helm adds this section for the library chart; do not set it."""


__all__ = ["AiServer", "Global", "Gpu", "Library", "Litellm", "Openwebui", "Rocm", "Section", "Thor"]
