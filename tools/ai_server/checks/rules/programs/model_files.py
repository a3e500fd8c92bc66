"""Model files that are missing or broken."""

from collections.abc import Iterator

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.planning.troubles import RULE, troubles


@rule(RULE)
def model_file(view: RenderView) -> Iterator[Violation]:
    """Looks for what --models or --facts say about the files of every llama-server, and the folders of every vLLM."""
    yield from troubles(view)
