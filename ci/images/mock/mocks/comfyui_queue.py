"""The queue of ComfyUI: it runs one workflow at a time, and tells the websocket of the client what happens.

The messages and their order are those of execution.py, main.py and comfy_execution/progress.py. Nothing is cached.
"""

import asyncio
import os
import re
import time
import uuid
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

from aiohttp import web

from mocks.comfyui_nodes import Workflow
from mocks.pictures import png

FOLDERS = {"SaveImage": "output", "PreviewImage": "temp"}
SAMPLERS = ("KSampler", "KSamplerAdvanced")


class Queue:
    """What waits and runs, the history, and the websockets by the id of their client."""

    def __init__(self, folders: dict[str, Path]) -> None:
        self.folders = folders
        self.pending: deque[tuple[list, Workflow]] = deque()
        self.prompts = asyncio.Semaphore(0)  # counts those that are pending
        self.running: list[list] = []
        self.history: dict[str, dict] = {}
        self.sockets: dict[str, web.WebSocketResponse] = {}
        self.number = 0

    def status(self) -> dict:
        """How many prompts wait or run."""
        return {"exec_info": {"queue_remaining": len(self.pending) + len(self.running)}}

    async def put(self, workflow: Workflow, body: dict) -> dict:
        """Adds a workflow, and returns the answer to its client."""
        identity = str(body.get("prompt_id") or uuid.uuid4())
        extra = {**body.get("extra_data", {}), **({"client_id": body["client_id"]} if "client_id" in body else {})}
        item = [self.number, identity, workflow.prompt, extra, workflow.outputs]
        self.number += 1
        self.pending.append((item, workflow))
        await self._tell_status()
        self.prompts.release()
        return {"prompt_id": identity, "number": item[0], "node_errors": workflow.node_errors()}

    async def work(self, _: web.Application) -> AsyncIterator[None]:
        """Works while the server runs."""
        task = asyncio.create_task(self._work())
        yield
        task.cancel()

    async def send(self, client: str | None, kind: str, data: dict) -> None:
        """Sends a message to a client, or to all."""
        sockets = [self.sockets[client]] if client in self.sockets else [] if client else list(self.sockets.values())
        for socket in sockets:
            with suppress(ConnectionError):
                await socket.send_json({"type": kind, "data": data})

    async def _tell_status(self) -> None:
        await self.send(None, "status", {"status": self.status()})

    async def _work(self) -> None:
        while True:
            await self.prompts.acquire()
            item, workflow = self.pending.popleft()
            self.running = [item]
            await self._tell_status()
            run = Run(self, item, workflow)
            try:
                await run.all()
                status = {"status_str": "success", "completed": True, "messages": run.messages}
            except Exception as problem:  # whatever fails is the workflow's
                await run.failed(problem)
                status = {"status_str": "error", "completed": False, "messages": run.messages}
            done = {"prompt": item, "outputs": run.outputs, "status": status, "meta": run.meta}
            self.history[item[1]] = done
            self.running = []
            await self._tell_status()
            # `executing` without a node tells a client that its prompt is done
            await run.tell("executing", node=None)


class Run:
    """One workflow that runs: its messages, its outputs, and the state of its nodes."""

    def __init__(self, queue: Queue, item: list, workflow: Workflow) -> None:
        self.queue, self.workflow = queue, workflow
        _, self.identity, self.prompt, extra, self.targets = item
        self.client = extra.get("client_id")
        self.messages: list[tuple[str, dict]] = []
        self.outputs: dict[str, dict] = {}
        self.meta: dict[str, dict] = {}
        self.states: dict[str, dict] = {}

    async def tell(self, kind: str, **data: object) -> None:
        """Tells the client of the workflow, if it has named itself."""
        if self.client:
            await self.queue.send(self.client, kind, {**data, "prompt_id": self.identity})

    async def _note(self, kind: str, **data: object) -> None:
        """Tells the client something that also stays in the history."""
        data = {**data, "timestamp": int(time.time() * 1000)}
        self.messages.append((kind, {**data, "prompt_id": self.identity}))
        await self.tell(kind, **data)

    async def all(self) -> None:
        """Runs the nodes in their order."""
        await self._note("execution_start")
        await self._note("execution_cached", nodes=[])
        order = dict.fromkeys(name for target in self.targets for name in self.workflow.order(target))
        samplers = [name for name in order if self.prompt[name]["class_type"] in SAMPLERS]
        seconds = float(os.environ.get("MOCK_PICTURE_SECONDS", "0.1"))
        if not samplers:
            await asyncio.sleep(seconds)
        for name in order:
            await self._progress(name, 0, 1, "running")
            await self.tell("executing", node=name, display_node=name)
            if name in samplers:
                await self._sample(name, seconds / len(samplers))
            elif name in self.targets:
                await self._output(name)
            last = self.states[name]["max"]
            await self._progress(name, last, last, "finished")
        await self._note("execution_success")

    async def failed(self, problem: Exception) -> None:
        """Tells the client why the node that ran last failed."""
        name = list(self.states)[-1]
        about = {"node_id": name, "node_type": self.prompt[name]["class_type"], "executed": list(self.states)[:-1]}
        error = {"exception_message": f"{problem}\n", "exception_type": type(problem).__name__, "traceback": []}
        await self._note("execution_error", **about, **error, current_inputs={}, current_outputs=[])

    async def _progress(self, name: str, value: int, last: int, state: str) -> None:
        real = {"node_id": name, "display_node_id": name, "real_node_id": name, "parent_node_id": None}
        self.states[name] = {"value": value, "max": last, "state": state, "prompt_id": self.identity, **real}
        await self.tell("progress_state", nodes=dict(self.states))

    async def _sample(self, name: str, seconds: float) -> None:
        steps = int(self.prompt[name]["inputs"]["steps"])
        for step in range(1, steps + 1):
            await asyncio.sleep(seconds / steps)
            await self._progress(name, step, steps, "running")
            await self.tell("progress", value=step, max=steps, node=name)

    async def _output(self, name: str) -> None:
        self.outputs[name] = {"images": [self._draw(self.prompt[name])]}
        self.meta[name] = {"node_id": name, "display_node": name, "parent_node": None, "real_node_id": name}
        await self.tell("executed", node=name, display_node=name, output=self.outputs[name])

    def _draw(self, node: dict) -> dict:
        inputs = [each.get("inputs", {}) for each in self.prompt.values()]
        size = next((values for values in inputs if "width" in values), {"width": 64, "height": 64})
        words = next((values["text"] for values in inputs if isinstance(values.get("text"), str)), "")
        kind = FOLDERS[node["class_type"]]
        prefix = Path(node["inputs"].get("filename_prefix", "ComfyUI_temp_mocked"))
        top = self.queue.folders[kind].resolve()
        folder = (top / prefix.parent).resolve()
        if not folder.is_relative_to(top):
            raise ValueError("**** ERROR: Saving image outside the output folder is not allowed.")
        folder.mkdir(parents=True, exist_ok=True)
        count = re.compile(re.escape(prefix.name) + r"_(\d+)_")
        taken = [int(found[1]) for file in folder.iterdir() if (found := count.match(file.name))]
        name = f"{prefix.name}_{max(taken, default=0) + 1:05}_.png"
        (folder / name).write_bytes(png(int(size["width"]), int(size["height"]), words))
        return {"filename": name, "subfolder": "" if prefix.parent == Path() else str(prefix.parent), "type": kind}
