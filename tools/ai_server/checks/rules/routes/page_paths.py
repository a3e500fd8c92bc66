"""Paths of the API that the chat page on the same host needs itself."""

import re
from collections.abc import Iterator

from ai_server.checks.core.model import Violation
from ai_server.checks.core.registry import rule
from ai_server.checks.core.views import RenderView
from ai_server.checks.subjects.hosts import hosts
from ai_server.reading.profiles import Keys

PAGE = re.compile(r"/(_app|api|audio|cache|oauth|ollama|openai|pyodide|static|ws)(/|$)")
"""The paths that the page asks for: open_webui/main.py, 0.12.4."""


@rule("routes/page-paths")
def paths_of_the_page(view: RenderView) -> Iterator[Violation]:
    """The paths of the API that the page needs itself, on a host that both have."""
    all_hosts = hosts(view)
    of_page = {(host.kind, host.name) for host in all_hosts if host.component == "openwebui"}
    shared = [host for host in all_hosts if host.component == "litellm" and (host.kind, host.name) in of_page]
    for path in dict.fromkeys(path for host in shared for path in sorted(host.paths)):
        if PAGE.match(path):
            paths = [str(public).rstrip("/") for public in view.get("litellm", "publicPaths")]
            keys: Keys = ("litellm", "publicPaths")
            keys = (*keys, paths.index(path)) if view.given(*keys) and path in paths else keys
            message = f"the page on the same host, {shared[0].name}, answers {path} itself"
            yield Violation(keys, message, "remove it, or use separate host names for the API and the page")
