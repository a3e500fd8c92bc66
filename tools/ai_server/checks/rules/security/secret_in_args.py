"""A secret on a command line."""

from collections.abc import Iterator

from ai_server.checks.engine.model import Violation
from ai_server.checks.engine.registry import rule
from ai_server.checks.engine.views import RenderView
from ai_server.checks.subjects.running import running

FLAGS = ("--api-key", "--hf-token", "--master-key", "--password", "--token", "--ssl-key-file-password")


@rule("security/secret-in-args")
def check(view: RenderView) -> Iterator[Violation]:
    """A finding for each such flag."""
    for each in running(view):
        for flag, _ in each.flags:
            view.count("flags against secrets")
            if each.canonical(flag) in FLAGS:
                fix = "take it out: the release's key is in its Secret (docs/secrets.md)"
                yield Violation(each.argument_key(flag), f"{flag} shows its key to everybody who may list pods", fix)
