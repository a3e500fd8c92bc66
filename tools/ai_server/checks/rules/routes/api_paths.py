"""Public paths without those of the API."""

import re
from collections.abc import Iterator
from pathlib import Path

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView, ValuesView
from ai_server.checks.subjects.hosts import hosts
from ai_server.helm.render import chart_defaults
from ai_server.reading.profiles import Keys

API = re.compile(
    r"/(v1|v2|openai|engines|chat|completions|embeddings|anthropic|rerank|audio|images|gemini|vertex[-_]ai)?(/|$)"
)
"""The paths of LiteLLM at which programs ask models: litellm/proxy, 1.108.14."""
PATHS: Keys = ("litellm", "publicPaths")


@rule("routes/api-paths")
def paths_of_the_api(view: RenderView) -> Iterator[Violation]:
    """Looks for a path of the API among those that any host of LiteLLM forwards."""
    of_api = [host for host in hosts(view) if host.component == "litellm"]
    if of_api and not any(API.match(path) for host in of_api for path in host.paths):
        file, before = _replaced(view)
        paths = list(dict.fromkeys([*before, *view.get(*PATHS)]))
        message = f"requests for /v1 at {of_api[0].name or 'this Ingress'} do not reach the API"
        if file:
            message += f": the lists of a later file replace those of {Path(file).name}"
        yield Violation(PATHS, message).use(paths, certain=False)


def _replaced(view: ValuesView) -> tuple[str, list[str]]:
    """The last of the files before whose list has a path of the API, and that list; the chart's default without one."""
    for document in reversed(view.values.documents):
        section = document.values.get("litellm")
        paths = section.get("publicPaths") if isinstance(section, dict) else None
        if isinstance(paths, list) and any(API.match(str(path)) for path in paths):
            return document.file, paths
    return "", chart_defaults()["litellm"]["publicPaths"]
