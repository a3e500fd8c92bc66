"""ComfyUI as facts of 2026-11-23 tell it: flags, folders, queue, websocket, pictures without a model.

- An unknown flag or a user folder that is not there: exit 2. A missing file of model paths: exit 1. No GPU: exit 1.
- No key on any path. /metrics is 404. /system_stats tells the very command line.
- A prompt without an output node: 400 prompt_no_outputs; a checkpoint that no model folder has: 400.
"""

import os
import queue
import struct
import sys
import threading
import time
import uuid
import zlib
from pathlib import Path

from mocks import faults, gpu
from mocks.flags import parse, version
from mocks.server import App, Refusal, Request, serve
from mocks.websocket import Sockets

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
    """The files of the checkpoint folder; the mapping is read line by line, YAML is not in the standard library."""
    lines = [line.strip().partition(": ") for line in config.read_text().splitlines()]
    found = {key: value.strip('"') for key, _, value in lines}
    folder = Path(found.get("base_path", "/nowhere"), found.get("checkpoints", "checkpoints"))
    return sorted(folder.glob("*")) if folder.is_dir() else []


class Comfy:
    """The queue: one prompt at a time, its history, and who listens on the websocket."""

    def __init__(self, folders: dict[str, Path], checkpoints: list[str]) -> None:
        self.folders, self.checkpoints = folders, checkpoints
        self.waiting: queue.Queue[tuple[int, str, dict]] = queue.Queue()
        self.running: list[tuple[int, str, dict]] = []
        self.history: dict[str, dict] = {}
        self.sockets = Sockets()
        self.number = 0
        threading.Thread(target=self._work, daemon=True).start()

    def app(self) -> App:
        """ComfyUI's paths, each with and without /api before it."""
        made = App()
        routes = {
            ("GET", "/"): lambda _: ("text/html", b"<title>ComfyUI</title>"),
            ("GET", "/system_stats"): lambda _: {
                "system": {"comfyui_version": version("comfyui"), "argv": ["main.py", *sys.argv[1:]]},
                "devices": [],
            },
            ("GET", "/queue"): lambda _: {"queue_running": self.running, "queue_pending": list(self.waiting.queue)},
            ("GET", "/prompt"): lambda _: {"exec_info": {"queue_remaining": self._remaining()}},
            ("POST", "/prompt"): self._prompt,
            ("GET", "/history"): lambda _: self.history,
            ("GET", "/history/{id}"): lambda request: {
                key: value for key, value in self.history.items() if key == request.parameters["id"]
            },
            ("GET", "/view"): self._view,
            ("GET", "/object_info"): lambda _: {name: self._about(name) for name in (*PICTURES, *OUTPUTS)},
            ("GET", "/object_info/{name}"): lambda request: {
                request.parameters["name"]: self._about(request.parameters["name"])
            },
            ("GET", "/models"): lambda _: ["checkpoints", "loras", "vae"],
            ("GET", "/features"): lambda _: {"supports_preview_metadata": True},
            ("POST", "/free"): lambda _: {},
            ("POST", "/interrupt"): lambda _: {},
            ("GET", "/ws"): self._websocket,
        }
        for (method, path), route in routes.items():
            made.on(method, path)(route)
            made.on(method, f"/api{path}")(route)
        return made

    def _remaining(self) -> int:
        return self.waiting.qsize() + len(self.running)

    def _about(self, name: str) -> dict:
        inputs = {"ckpt_name": [self.checkpoints]} if name == "CheckpointLoaderSimple" else {}
        return {"name": name, "input": {"required": inputs}, "output_node": name in OUTPUTS}

    def _prompt(self, request: Request) -> dict:
        nodes = request.json().get("prompt") or {}
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
                body = {
                    "error": {"type": "prompt_outputs_failed_validation", "message": BAD_INPUT},
                    "node_errors": {name: {"errors": [error]}},
                }
                raise Refusal(400, body)
        self.number += 1
        identity = request.json().get("prompt_id") or str(uuid.uuid4())
        self.waiting.put((self.number, identity, nodes))
        return {"prompt_id": identity, "number": self.number, "node_errors": {}}

    def _work(self) -> None:
        while True:
            number, identity, nodes = self.waiting.get()
            self.running = [(number, identity, nodes)]
            self.sockets.send({"type": "execution_start", "data": {"prompt_id": identity}})
            time.sleep(float(os.environ.get("MOCK_PICTURE_SECONDS", "0.1")))
            saved = {
                name: {"images": [self._draw(node, nodes)]}
                for name, node in nodes.items()
                if node["class_type"] in OUTPUTS
            }
            status = {"status_str": "success", "completed": True, "messages": []}
            self.history[identity] = {"prompt": [number, identity, nodes], "outputs": saved, "status": status}
            self.running = []
            # `executing` of no node is how a client learns that its prompt is done
            self.sockets.send({"type": "executing", "data": {"node": None, "prompt_id": identity}})

    def _draw(self, node: dict, nodes: dict) -> dict:
        sizes = [each["inputs"] for each in nodes.values() if "width" in (each.get("inputs") or {})]
        width, height = (int(sizes[0]["width"]), int(sizes[0]["height"])) if sizes else (64, 64)
        prefix = node.get("inputs", {}).get("filename_prefix", "ComfyUI")
        name, kind = f"{prefix}_{self.number:05}_.png", OUTPUTS[node["class_type"]]
        (self.folders[kind] / name).write_bytes(_png(width, height))
        return {"filename": name, "subfolder": "", "type": kind}

    def _view(self, request: Request) -> tuple[str, bytes]:
        folder = self.folders.get(request.query.get("type", "output"), Path("/nowhere"))
        file = folder / Path(request.query.get("filename", "")).name
        if not file.is_file():
            raise Refusal(404, "")
        return "image/png", file.read_bytes()

    def _websocket(self, request: Request) -> None:
        status = {"type": "status", "data": {"status": {"exec_info": {"queue_remaining": self._remaining()}}}}
        self.sockets.join(request.handler, status)


def _png(width: int, height: int) -> bytes:
    """A grey picture of that size."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = (b"\0" + b"\x80" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
