"""A mock of ComfyUI: its flags, folders, workflows, queue and websocket, with pictures that need no model.

- An unknown flag or a missing user folder: exit 2. A missing file of model paths: exit 1. No GPU: exit 1.
- No path needs a key. /metrics is 404. /system_stats shows the exact command line.
- What it refuses is in comfyui_nodes.py, what a websocket hears in comfyui_queue.py.
"""

import json
import platform
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

from aiohttp import WSCloseCode, web

from mocks import faults, gpu
from mocks.comfyui_nodes import OUTPUTS, Workflow, known
from mocks.comfyui_queue import Queue
from mocks.flags import parse, version
from mocks.server import Handler, Refusal, answers, application, page, serve

FEATURES = {"supports_preview_metadata": True, "max_upload_size": 104857600}
GIB = 1 << 30


def main() -> None:
    """`python3 main.py --flags`."""
    flags = parse("comfyui", sys.argv[1:])
    base = Path(flags.get("--base-directory", ["."])[0])
    folders = {name: Path(flags.get(f"--{name}-directory", [base / name])[0]) for name in ("input", "output")}
    folders["temp"] = Path(flags.get("--temp-directory", [base])[0]) / "temp"
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
    """The server, with its queue and the checkpoints that it has."""

    def __init__(self, folders: dict[str, Path], checkpoints: list[str]) -> None:
        self.checkpoints = checkpoints
        self.queue = Queue(folders)
        self.nodes, _ = known()

    def app(self) -> web.Application:
        """ComfyUI's paths, each with and without /api before it."""
        queue = self.queue
        app = application(fastapi=False)
        app.cleanup_ctx.append(queue.work)
        app.on_shutdown.append(self._close_sockets)
        for method, path, handler in (
            ("GET", "/", page("ComfyUI")),
            ("GET", "/system_stats", _json(_system_stats)),
            ("GET", "/queue", _json(self._queued)),
            ("GET", "/prompt", _json(queue.status)),
            ("POST", "/prompt", self._prompt),
            ("GET", "/history", _json(lambda: queue.history)),
            ("GET", "/history/{id}", self._history_of),
            ("GET", "/view", self._view),
            ("GET", "/object_info", _json(lambda: {name: self._about(name) for name in self.nodes})),
            ("GET", "/object_info/{name}", self._object_info),
            ("GET", "/models", _json(lambda: ["checkpoints", "loras", "vae"])),
            ("GET", "/models/checkpoints", _json(lambda: self.checkpoints)),
            ("GET", "/features", _json(lambda: FEATURES)),
            ("POST", "/free", _empty),
            ("POST", "/interrupt", _empty),
            ("GET", "/ws", self._websocket),
        ):
            app.router.add_route(method, path, handler)
            app.router.add_route(method, f"/api{path}", handler)
        return app

    def _queued(self) -> dict:
        return {"queue_running": self.queue.running, "queue_pending": [item for item, _ in self.queue.pending]}

    def _about(self, name: str) -> dict:
        """A node in the list of nodes; of its inputs only the checkpoints have their values."""
        node = self.nodes[name]
        values = {key: self.checkpoints if key == "ckpt_name" else kind for key, kind in node.inputs.items()}
        required = {key: [value, {}] for key, value in values.items() if key in node.required}
        return {
            "input": {"required": required},
            "input_order": {"required": list(required)},
            "output": node.outputs,
            "output_is_list": [False] * len(node.outputs),
            "output_name": node.outputs,
            "name": name,
            "display_name": name,
            "description": "",
            "python_module": "nodes",
            "category": "mock",
            "output_node": name in OUTPUTS,
        }

    async def _object_info(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        return web.json_response({name: self._about(name)} if name in self.nodes else {})

    async def _history_of(self, request: web.Request) -> web.Response:
        identity, history = request.match_info["id"], self.queue.history
        return web.json_response({identity: history[identity]} if identity in history else {})

    async def _prompt(self, request: web.Request) -> web.Response:
        try:
            body = json.loads(await request.read())
        except ValueError:
            raise web.HTTPInternalServerError from None
        if "prompt" not in body:
            text = "No prompt provided"
            error = {"type": "no_prompt", "message": text, "details": text, "extra_info": {}}
            raise Refusal(400, {"error": error, "node_errors": {}})
        return web.json_response(await self.queue.put(Workflow(body["prompt"], self.checkpoints), body))

    async def _view(self, request: web.Request) -> web.Response:
        query = request.query
        folder = self.queue.folders.get(query.get("type", "output"), Path("/nowhere")) / query.get("subfolder", "")
        name = Path(query.get("filename", "")).name
        if not (folder / name).is_file():
            return web.Response(status=404)
        disposition = {"Content-Disposition": f'filename="{name}"'}
        return web.Response(body=(folder / name).read_bytes(), content_type="image/png", headers=disposition)

    async def _websocket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        client = request.query.get("clientId") or uuid.uuid4().hex
        self.queue.sockets[client] = socket
        await self.queue.send(client, "status", {"status": self.queue.status(), "sid": client})
        async for message in socket:  # until the client goes; a close is answered at once
            if message.type == web.WSMsgType.TEXT and '"feature_flags"' in message.data:
                await self.queue.send(client, "feature_flags", FEATURES)
        self.queue.sockets.pop(client, None)
        return socket

    async def _close_sockets(self, _: web.Application) -> None:
        for socket in list(self.queue.sockets.values()):
            await socket.close(code=WSCloseCode.GOING_AWAY)


def _json(content: Callable[[], object]) -> Handler:
    return answers(content, web.json_response)


async def _empty(_: web.Request) -> web.Response:
    return web.Response()


def _system_stats() -> dict:
    memory = {"vram_total": 16 * GIB, "vram_free": 8 * GIB, "torch_vram_total": 8 * GIB, "torch_vram_free": 4 * GIB}
    return {
        "system": {
            "os": sys.platform,
            "ram_total": 32 * GIB,
            "ram_free": 16 * GIB,
            "comfyui_version": version("comfyui"),
            "required_frontend_version": "mock",
            "installed_templates_version": "mock",
            "required_templates_version": "mock",
            "python_version": platform.python_version(),
            "pytorch_version": "mock",
            "embedded_python": False,
            "argv": ["main.py", *sys.argv[1:]],
        },
        "devices": [{"name": "cuda:0 mock", "type": "cuda", "index": 0, **memory}],
    }
