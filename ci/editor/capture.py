"""What an editor shows in a values file: asks the real yaml-language-server, which npm fetches into the cache."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from ai_server.paths import DOCS, cache

VERSION = "2.0.0"
MODELINE = f"# yaml-language-server: $schema={(DOCS / 'values.schema.json').as_uri()}\n"
HALF_WRITTEN = MODELINE + "thor:\n  vllm:\n    kv\n"
MISTAKEN = MODELINE + "thor:\n  vllm:\n    gpuMemoryUtilisation: 0.4\n    port: 80800\n"


def server() -> Path:
    """The server's program, fetched once."""
    folder = cache() / "editor" / f"yaml-language-server-{VERSION}"
    program = folder / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"
    if not program.is_file():
        print(f"fetch yaml-language-server {VERSION} ...", file=sys.stderr)
        command = ["npm", "install", "--silent", "--prefix", folder, f"yaml-language-server@{VERSION}"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return program


class Session:
    """A conversation in the Language Server Protocol."""

    def __init__(self) -> None:
        command = ["node", server(), "--stdio"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.number = 0
        self.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        self.tell("initialized", {})

    def tell(self, method: str, params: Any, **more: Any) -> None:
        """Sends a message that has no answer."""
        body = json.dumps({"jsonrpc": "2.0", "method": method, "params": params, **more}).encode()
        assert self.process.stdin
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def ask(self, method: str, params: Any) -> Any:
        """Sends a message and waits for its answer."""
        self.number += 1
        self.tell(method, params, id=self.number)
        return self._until(lambda said: said.get("id") == self.number and "method" not in said)["result"]

    def problems(self, uri: str) -> list[Any]:
        """What the server finds wrong in a document."""
        published = "textDocument/publishDiagnostics"
        said = self._until(lambda said: said.get("method") == published and said["params"]["uri"] == uri)
        found: list[Any] = said["params"]["diagnostics"]
        return found

    def _until(self, wanted: Any) -> Any:
        while not wanted(said := self._read()):
            if "id" in said and "method" in said:
                items = said.get("params", {}).get("items", []) if isinstance(said.get("params"), dict) else []
                answer = json.dumps({"jsonrpc": "2.0", "id": said["id"], "result": [None for _ in items]}).encode()
                assert self.process.stdin
                self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(answer), answer))
                self.process.stdin.flush()
        return said

    def _read(self) -> Any:
        assert self.process.stdout
        length = 0
        while line := self.process.stdout.readline().strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        return json.loads(self.process.stdout.read(length))


def main() -> None:
    """Prints the completions at a half-written key, and the problems of a mistaken file."""
    session = Session()
    try:
        for name, text in (("half.yaml", HALF_WRITTEN), ("mistaken.yaml", MISTAKEN)):
            document = {"uri": f"file:///{name}", "languageId": "yaml", "version": 1, "text": text}
            session.tell("textDocument/didOpen", {"textDocument": document})
        at = {"textDocument": {"uri": "file:///half.yaml"}, "position": {"line": 3, "character": 6}}
        found = session.ask("textDocument/completion", at)
        for item in found["items"] if isinstance(found, dict) else found:
            if not item["label"].startswith("kv"):
                continue  # an editor shows what begins as it was typed
            about = item.get("documentation") or ""
            about = about if isinstance(about, str) else about.get("value", "")
            print(f"{item['label']:16} {about.splitlines()[0] if about else ''}")
        for problem in session.problems("file:///mistaken.yaml"):
            line = problem["range"]["start"]["line"]
            print(f"{MISTAKEN.splitlines()[line].strip()}\n    {problem['message']}")
    finally:
        session.process.terminate()


if __name__ == "__main__":
    main()
