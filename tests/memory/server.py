"""Starts the real llama-server with a model, and reads from its log what it allocated."""

import re
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ai_server.memory.settings import LlamaSettings

SECONDS = 60
LOADED = re.compile(r"server is listening|main: model loaded|all slots are idle")
BUFFER = re.compile(r"(\w+) +(model|compute|output) buffer size = +([\d.]+) MiB")
CACHE = re.compile(r"llama_kv_cache: size = +([\d.]+) MiB \( *(\d+) cells")
STATE = re.compile(r"llama_memory_recurrent: size = +([\d.]+) MiB")


@dataclass(frozen=True)
class Allocated:
    """MiB that a server's log reports: weights, caches by cells, recurrent state, compute and output buffers."""

    weights: float
    caches: tuple[float, ...]
    state: float
    compute: float
    output: float


def arguments(settings: LlamaSettings) -> list[str]:
    """The flags that give a llama-server these settings."""
    return [
        *("--ctx-size", str(settings.ctx_size), "--parallel", str(settings.parallel)),
        *("--batch-size", str(settings.batch_size), "--ubatch-size", str(settings.ubatch_size)),
        *("--cache-type-k", settings.cache_type_k, "--cache-type-v", settings.cache_type_v),
        *("--flash-attn", "on" if settings.flash_attn else "off"),
        "--kv-unified" if settings.kv_unified else "--no-kv-unified",
        *(("--swa-full",) if settings.swa_full else ()),
        *(("--embedding",) if settings.embedding else ()),
        *("--load-mode", settings.load_mode, "--cache-ram", str(settings.cache_ram_mib)),
    ]


def allocated(program: Path, model: Path, settings: LlamaSettings) -> Allocated:
    """What the server allocates for a model with settings; AssertionError with its log if it does not start."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    fixed = ["--no-warmup", "--threads", "1", "--host", "127.0.0.1", "--port", str(port), "-lv", "4", "--no-ui"]
    command = [str(program), "--model", str(model), *fixed, *arguments(settings)]
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout
        try:
            for line in process.stdout:
                lines.append(line)
                if LOADED.search(line):
                    break
        finally:
            process.kill()
    log = "".join(lines)
    assert LOADED.search(log), log[-3000:]
    return read(log)


def read(log: str) -> Allocated:
    """What a log reports."""
    sizes = {"model": 0.0, "compute": 0.0, "output": 0.0}
    for _, kind, size in BUFFER.findall(log):
        sizes[kind] += float(size)
    caches = tuple(float(size) for size, _ in CACHE.findall(log))
    state = sum(map(float, STATE.findall(log)))
    return Allocated(sizes["model"], caches, state, sizes["compute"], sizes["output"])
