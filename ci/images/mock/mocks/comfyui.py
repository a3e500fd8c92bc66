"""A mock of ComfyUI as documented on 2026-11-23: flags, folders, queue, websocket, pictures without a model.

- An unknown flag or a missing user folder: exit 2. A missing file of model paths: exit 1. No GPU: exit 1.
- No path needs a key. /metrics is 404. /system_stats shows the exact command line.
- A prompt without an output node: 400 prompt_no_outputs; a checkpoint that is in no model folder: 400.
"""

import asyncio
import os
import struct
import sys
import uuid
import zlib
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

from aiohttp import WSCloseCode, web

from mocks import faults, gpu
from mocks.flags import parse, version
from mocks.server import Refusal, answers, application, json_of, page, serve

OUTPUTS = {"SaveImage": "output", "PreviewImage": "temp"}
PICTURES = ("EmptyImage", "EmptyLatentImage", "KSampler", "VAEDecode", "CLIPTextEncode", "CheckpointLoaderSimple")
BAD_INPUT = "Prompt outputs failed validation"


def main() -> None:
    """`python3 main.py --flags`."""
    flags = parse("comfyui", sys.argv[1:])
    base = Path(flags.get("--base-directory", ["."])[0])
    folders = {name: Path(flags.get(f"--{name}-directory", [base / name])[0]) for name in ("input", "output", "temp")}
    for user in flags.get("--user-directory", []):
        if not Path(user).is_dir():
            print(f"main.py: error: argument --user-directory: The path '{user}' does not exist", file=sys.stderr)
            sys.exit(2)
    paths = [Path(each) for each in flags.get("--extra-model-paths-config", [])]
    if missing := [str(path) for path in paths if not path.is_file()]:
        sys.exit(f"FileNotFoundError: [Errno 2] No such file or directory: '{missing[0]}'")
    if "--cpu" not in flags:
        gpu.need("RuntimeError: No CUDA GPUs are available")
    faults.at_start()
    checkpoints = [file.name for path in paths for file in _checkpoints(path) if file.is_file()]
    host = (flags.get("--listen") or ["127.0.0.1"])[0] or "0.0.0.0"
    serve(Comfy(folders, checkpoints).app(), host.split(",")[0], int(flags.get("--port", ["8188"])[0]))


def _checkpoints(config: Path) -> list[Path]:
    """The files in the checkpoint folder; reads the mapping line by line, since the image has no YAML library."""
    lines = [line.strip().partition(": ") for line in config.read_text().splitlines()]
    found = {key: value.strip('"') for key, _, value in lines}
    folder = Path(found.get("base_path", "/nowhere"), found.get("checkpoints", "checkpoints"))
    return sorted(folder.glob("*")) if folder.is_dir() else []


class Comfy:
    """The queue, which runs one prompt at a time, its history, and the clients of the websocket."""

    def __init__(self, folders: dict[str, Path], checkpoints: list[str]) -> None:
        self.folders, self.checkpoints = folders, checkpoints
        self.pending: deque[tuple[int, str, dict]] = deque()
        self.prompts = asyncio.Semaphore(0)  # counts those that are pending
        self.running: list[tuple[int, str, dict]] = []
        self.history: dict[str, dict] = {}
        self.sockets: set[web.WebSocketResponse] = set()
        self.number = 0

    def app(self) -> web.Application:
        """ComfyUI's paths, each with and without /api before it."""
        app = application()
        app.cleanup_ctx.append(self._worker)
        app.on_shutdown.append(self._close_sockets)
        for method, path, handler in (
            ("GET", "/", page("ComfyUI")),
            ("GET", "/system_stats", answers(_system_stats)),
            ("GET", "/queue", answers(lambda: {"queue_running": self.running, "queue_pending": list(self.pending)})),
            ("GET", "/prompt", answers(self._status)),
            ("POST", "/prompt", self._prompt),
            ("GET", "/history", answers(lambda: self.history)),
            ("GET", "/history/{id}", self._history_of),
            ("GET", "/view", self._view),
            ("GET", "/object_info", answers(lambda: {name: self._about(name) for name in (*PICTURES, *OUTPUTS)})),
            ("GET", "/object_info/{name}", self._object_info),
            ("GET", "/models", answers(lambda: ["checkpoints", "loras", "vae"])),
            ("GET", "/features", answers(lambda: {"supports_preview_metadata": True})),
            ("POST", "/free", answers(dict)),
            ("POST", "/interrupt", answers(dict)),
            ("GET", "/ws", self._websocket),
        ):
            app.router.add_route(method, path, handler)
            app.router.add_route(method, f"/api{path}", handler)
        return app

    def _status(self) -> dict:
        return {"exec_info": {"queue_remaining": len(self.pending) + len(self.running)}}

    def _about(self, name: str) -> dict:
        inputs = {"ckpt_name": [self.checkpoints]} if name == "CheckpointLoaderSimple" else {}
        return {"name": name, "input": {"required": inputs}, "output_node": name in OUTPUTS}

    async def _object_info(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        return web.json_response({name: self._about(name)})

    async def _history_of(self, request: web.Request) -> web.Response:
        identity = request.match_info["id"]
        return web.json_response({identity: self.history[identity]} if identity in self.history else {})

    async def _prompt(self, request: web.Request) -> web.Response:
        body = await json_of(request)
        nodes = body.get("prompt") or {}
        outputs = [name for name, node in nodes.items() if node.get("class_type") in OUTPUTS]
        if not outputs:
            raise Refusal(
                400, {"error": {"type": "prompt_no_outputs", "message": "Prompt has no outputs"}, "node_errors": {}}
            )
        for name, node in nodes.items():
            wanted = (node.get("inputs") or {}).get("ckpt_name")
            if wanted and wanted not in self.checkpoints:
                error = {
                    "type": "value_not_in_list",
                    "message": "Value not in list",
                    "details": f"ckpt_name: '{wanted}'",
                }
                refusal = {
                    "error": {"type": "prompt_outputs_failed_validation", "message": BAD_INPUT},
                    "node_errors": {name: {"errors": [error]}},
                }
                raise Refusal(400, refusal)
        self.number += 1
        identity = body.get("prompt_id") or str(uuid.uuid4())
        self.pending.append((self.number, identity, nodes))
        self.prompts.release()
        return web.json_response({"prompt_id": identity, "number": self.number, "node_errors": {}})

    async def _worker(self, _: web.Application) -> AsyncIterator[None]:
        """Works while the server runs."""
        task = asyncio.create_task(self._work())
        yield
        task.cancel()

    async def _work(self) -> None:
        while True:
            await self.prompts.acquire()
            number, identity, nodes = self.pending.popleft()
            self.running = [(number, identity, nodes)]
            await self._send({"type": "execution_start", "data": {"prompt_id": identity}})
            await asyncio.sleep(float(os.environ.get("MOCK_PICTURE_SECONDS", "0.1")))
            saved = {
                name: {"images": [self._draw(node, nodes)]}
                for name, node in nodes.items()
                if node["class_type"] in OUTPUTS
            }
            status = {"status_str": "success", "completed": True, "messages": []}
            self.history[identity] = {"prompt": [number, identity, nodes], "outputs": saved, "status": status}
            self.running = []
            # `executing` without a node tells a client that its prompt is done
            await self._send({"type": "executing", "data": {"node": None, "prompt_id": identity}})

    def _draw(self, node: dict, nodes: dict) -> dict:
        sizes = [each["inputs"] for each in nodes.values() if "width" in (each.get("inputs") or {})]
        width, height = (int(sizes[0]["width"]), int(sizes[0]["height"])) if sizes else (64, 64)
        prefix = node.get("inputs", {}).get("filename_prefix", "ComfyUI")
        name, kind = f"{prefix}_{self.number:05}_.png", OUTPUTS[node["class_type"]]
        (self.folders[kind] / name).write_bytes(_png(width, height))
        return {"filename": name, "subfolder": "", "type": kind}

    async def _view(self, request: web.Request) -> web.Response:
        folder = self.folders.get(request.query.get("type", "output"), Path("/nowhere"))
        file = folder / Path(request.query.get("filename", "")).name
        if not file.is_file():
            return web.Response(status=404)
        return web.Response(body=file.read_bytes(), content_type="image/png")

    async def _websocket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.add(socket)
        await socket.send_json({"type": "status", "data": {"status": self._status()}})
        async for _ in socket:  # until the client goes
            pass
        self.sockets.discard(socket)
        return socket

    async def _send(self, message: dict) -> None:
        """Sends a message to all connected clients."""
        for socket in list(self.sockets):
            with suppress(ConnectionError):
                await socket.send_json(message)

    async def _close_sockets(self, _: web.Application) -> None:
        for socket in list(self.sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY)


def _system_stats() -> dict:
    system = {"comfyui_version": version("comfyui"), "argv": ["main.py", *sys.argv[1:]]}
    return {"system": system, "devices": []}


def _png(width: int, height: int) -> bytes:
    """A grey picture of the given size."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = (b"\0" + b"\x80" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
