"""Renders of the library, in the user's cache folder for all test processes and all later runs.

Everything that a render depends on is its key: the chart's files, the values, the other arguments, the library's
version and the module that calls it. So a change of a rule renders nothing again, and a change of the chart everything.
"""

import functools
import hashlib
import json
import os
import sqlite3
import zlib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from ai_server import paths
from ai_server.errors import UserError
from ai_server.helm import render

MOST_BYTES = 500_000_000
"""A larger file is replaced: it contains renders of old versions of the chart."""
Render = Callable[[str, str, str, str, Path], list[str]]


def install() -> None:
    """Makes `ai_server.helm.render` look here first; `__wrapped__` is the function that always renders."""
    import helm_python  # noqa: F401

    # `make` sets it for the library, which has read it by now; commands that tests start must run as users start them
    os.environ.pop("GOGC", None)
    file = paths.cache() / "test-renders.sqlite"
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.is_file() and file.stat().st_size > MOST_BYTES:
        file.unlink()
    render._with_sdk = shared(render._with_sdk, file)  # type: ignore[assignment]


def shared(original: Render, file: Path) -> Render:
    """A function that renders only what the file lacks."""
    store = sqlite3.connect(file, timeout=60, isolation_level=None)
    store.execute("PRAGMA journal_mode=WAL")
    store.execute("PRAGMA synchronous=NORMAL")
    store.execute("CREATE TABLE IF NOT EXISTS renders (key BLOB PRIMARY KEY, outcome TEXT)")
    store.execute("CREATE TABLE IF NOT EXISTS texts (key BLOB PRIMARY KEY, text BLOB)")
    renderer = _hash(version("helm-python-sdk"), Path(render.__file__).read_text())

    @functools.wraps(original)
    def look_first(values: str, release: str, namespace: str, kube_version: str, chart: Path) -> list[str]:
        key = _hash(renderer, _content(chart, render._stamp(chart)), values, release, namespace, kube_version)
        if row := store.execute("SELECT outcome FROM renders WHERE key = ?", (key,)).fetchone():
            outcome = json.loads(row[0])
            if "error" in outcome:
                raise UserError(outcome["error"], code=1)
            return [_text(store, bytes.fromhex(text)) for text in outcome["texts"]]
        try:
            texts = original(values, release, namespace, kube_version, chart)
        except UserError as error:
            store.execute("INSERT OR IGNORE INTO renders VALUES (?, ?)", (key, json.dumps({"error": error.message})))
            raise
        keys = [_hash(text) for text in texts]
        rows = [(key, zlib.compress(text.encode(), 1)) for key, text in zip(keys, texts, strict=True)]
        store.executemany("INSERT OR IGNORE INTO texts VALUES (?, ?)", rows)
        outcome = {"texts": [text.hex() for text in keys]}
        store.execute("INSERT OR IGNORE INTO renders VALUES (?, ?)", (key, json.dumps(outcome)))
        return texts

    return look_first


def _text(store: sqlite3.Connection, key: bytes) -> str:
    """A rendered template; most renders share most of theirs."""
    packed: bytes = store.execute("SELECT text FROM texts WHERE key = ?", (key,)).fetchone()[0]
    return zlib.decompress(packed).decode()


@functools.lru_cache(maxsize=16)
def _content(chart: Path, stamp: float) -> bytes:
    files = [chart] if chart.is_file() else sorted(file for file in chart.rglob("*") if file.is_file())
    return _hash(*(part for file in files for part in (str(file.relative_to(chart)), file.read_bytes())))


def _hash(*parts: str | bytes) -> bytes:
    found = hashlib.blake2b(digest_size=16)
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        found.update(len(content).to_bytes(8, "big") + content)
    return found.digest()
