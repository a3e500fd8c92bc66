"""A variable that is not what it looks like."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.programs import programs


@rule("programs/internal-variable")
def check(view: RenderView) -> Iterator[Violation]:
    """OPENAI_API_BASE_URLS without the chart's address in it."""
    for server in programs(view):
        chart, urls = server.env.get("OPENAI_API_BASE_URL"), server.env.get("OPENAI_API_BASE_URLS")
        if isinstance(urls, str) and urls and chart not in [url.strip() for url in urls.split(";")]:
            message = "this list wins over the chart's address, which is not in it"
            fix = f"set gatewayUrl instead, or begin the list with {chart}"
            yield Violation(server.env_key("OPENAI_API_BASE_URLS"), message, fix)
