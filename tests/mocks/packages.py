"""Where the tests find the source of a program that is on PyPI."""

from pathlib import Path

import pytest

from ai_server.checks.facts import flags_of
from ai_server.paths import cache


def open_webui() -> Path:
    """The package of Open WebUI in the cache; a test without it is skipped."""
    folder = cache() / "flags" / f"open-webui-{flags_of('openwebui').version}"
    if not folder.is_dir():
        pytest.skip("Open WebUI's package is not in the cache: ci/flags/read.py openwebui")
    return folder / "open_webui"
