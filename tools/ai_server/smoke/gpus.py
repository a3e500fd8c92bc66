"""Whether a llama-server runs on its GPU. No answer over HTTP tells: without --device, it starts on the CPU if the GPU
is missing, and answers as before. (vLLM's images for GPUs do not start without one.)
"""

import re
from collections.abc import Callable, Mapping, Sequence
from configparser import ConfigParser
from configparser import Error as IniError
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ai_server.checks.subjects.weights import read_per_token
from ai_server.kube.boards import Board
from ai_server.smoke.asked import Result

SERVER = "llama-server"
SLOWEST = 0.25
"""The part of a card's bandwidth below which an answer cannot have come from it."""
ON_CPU = re.compile(
    r"no usable GPU found|failed to initialize (?:CUDA|ROCm|HIP|Vulkan)|no devices with dedicated memory"
)
"""What llama.cpp logs if it finds no GPU (b11434; the first only where -ngl was given)."""
GPU, CPU, UNKNOWN = "gpu", "cpu", "not-checked"


@dataclass(frozen=True)
class Backend:
    """Where a llama-server runs. where: gpu, cpu or not-checked; reason: how that is known; wrong: whether it should
    run on a GPU and does not.
    """

    pod: str
    node: str
    where: str
    reason: str
    wrong: bool = False


@dataclass(frozen=True)
class Server:
    """A llama-server of a pod: its container, the texts of the presets that it reads, the board of its node, if known,
    and the results of its routes.
    """

    pod: str
    node: str
    container: Mapping[str, Any]
    presets: Sequence[str] = ()
    board: Board | None = None
    results: Sequence[Result] = ()

    @property
    def devices(self) -> list[str]:
        """What each of its models is told to run on; "" for a model that is told nothing."""
        everywhere = self._argument("--device") or self._argument("-dev") or self._variable("LLAMA_ARG_DEVICE")
        of_presets = [device for text in self.presets for device in _devices_of(text)]
        return [device or everywhere for device in of_presets] or [everywhere]

    @property
    def model(self) -> str:
        """The path of its model; "" for a router."""
        return self._argument("--model") or self._argument("-m")

    def _argument(self, flag: str) -> str:
        arguments = [*(self.container.get("command") or []), *(self.container.get("args") or [])]
        return next((after for before, after in pairwise(arguments) if before == flag), "")

    def _variable(self, name: str) -> str:
        given = (item.get("value") for item in self.container.get("env") or [] if item["name"] == name)
        return next(filter(None, given), "")


def _devices_of(presets: str) -> list[str]:
    """The device of each model of a models.ini."""
    parser = ConfigParser(interpolation=None, strict=False, delimiters=("=",))
    try:
        # the first lines, such as the version, belong to no section
        parser.read_string(f"[{parser.default_section}]\n{presets}")
    except IniError:
        return [""]
    return [parser[name].get("device", "") for name in parser.sections()]


def judge(server: Server, log: Callable[[], str | None]) -> Backend:
    """Where a llama-server runs, by its command line, else by its log, else by its speed. log: reads it; None if it
    cannot be read.
    """

    def verdict(where: str, reason: str, *, wrong: bool = False) -> Backend:
        return Backend(server.pod, server.node, where, reason, wrong)

    devices = server.devices
    if all(device == "none" for device in devices):
        return verdict(CPU, "on purpose: --device none")
    if all(devices):
        return verdict(GPU, f"--device {' '.join(dict.fromkeys(devices))}: without it, the server would not run")
    text = log()
    if text and (line := next((line for line in text.splitlines() if ON_CPU.search(line)), "")):
        return verdict(CPU, f"its log says: {line.strip()[:120]}", wrong=True)
    return _by_speed(server, verdict, unread=text is None)


def _by_speed(server: Server, verdict: Callable[..., Backend], *, unread: bool) -> Backend:
    """By the speed of its answers: each token reads the active weights once."""
    blind = "it has no --device, " + ("its log cannot be read" if unread else "its log does not tell")
    speeds = [result.measured.get("tokens_per_second") for result in server.results]
    speed = max(filter(None, speeds), default=0.0)
    size = read_per_token(server.model)
    if not server.board or server.board.unified.value or not size or not speed:
        lacks = _lacks(server, size)
        return verdict(UNKNOWN, f"{blind}, and {lacks}")
    least = SLOWEST * server.board.most_tokens_per_second(size / 1e9)
    of_card = f"{speed:g} tokens/s, a GPU with {server.board.bandwidth.value:g} GB/s generates at least {least:.0f}"
    return verdict(CPU, of_card, wrong=True) if speed < least else verdict(GPU, of_card)


def _lacks(server: Server, size: int) -> str:
    """What is missing for a verdict by speed."""
    if not server.board:
        return f"the GPU of {server.node} is not in docs/hardware.md"
    if server.board.unified.value:
        return "processor and GPU share the memory, so speed does not tell"
    return "no answer was measured" if size else "the name of its model does not say how large it is"
