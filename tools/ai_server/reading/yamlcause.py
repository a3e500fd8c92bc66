"""Finds the cause of a YAML error, which is often on a line above the one where the parser gives up."""

from collections.abc import Sequence

from ai_server.reading.yamlfailure import Cause, Failure
from ai_server.reading.yamlindent import LINES
from ai_server.reading.yamllines import scan
from ai_server.reading.yamlsigns import SIGNS


def cause(lines: Sequence[str], failure: Failure) -> Cause | None:
    """The cause of an error; None if it is not known."""
    scanned = scan(lines)
    return next((found for search in (*SIGNS, *LINES) for found in search(lines, scanned, failure)), None)
