"""Settings of the page that win for ever."""

from collections.abc import Iterator

from ai_server.checks.engine.findings import Context, Found
from ai_server.checks.engine.registry import Rule

RULE = Rule(
    "Open WebUI that no longer hears of changed values",
    severity="warning",
    why="With persistent configuration Open WebUI copies these values into its database at the first start, even if"
    " nobody changes a setting in the page, and reads the database from then on: a model or an address that changes"
    " here never arrives.",
    wrong="openwebui:\n  persistentConfig: true",
    right="openwebui:\n  persistentConfig: false",
)


def check(context: Context) -> Iterator[Found]:
    """A warning where it is on."""
    if context.get("openwebui", "persistentConfig") and context.get("openwebui", "enabled"):
        message = "the first start copies these values, and later changes of them are not heard"
        yield Found(("openwebui", "persistentConfig"), message, "write false, or waive it if the page is to win")
