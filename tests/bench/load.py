"""Requests to an OpenAI-compatible server, and what they cost: seconds, and the processor time of its process."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

BODY = {"messages": [{"role": "user", "content": "Say hello."}], "max_tokens": 8}
TICKS = os.sysconf("SC_CLK_TCK")
CLIENTS = (1, 4, 16)
"""How many clients ask at once in the measurements of throughput."""
Send = Callable[[aiohttp.ClientSession], Awaitable[float]]


@dataclass(frozen=True)
class Target:
    """What is measured: the URL with /v1, the key, the model, and the process that counts."""

    name: str
    url: str
    key: str
    model: str
    pid: int


@dataclass
class Samples:
    """The measurements of a target in one round: seconds of short requests and of their first chunk, requests per second by
    the number of clients, and milliseconds of processor time for each request.
    """

    short: list[float] = field(default_factory=list)
    first_chunk: list[float] = field(default_factory=list)
    per_second: dict[int, float] = field(default_factory=dict)
    cpu_ms: float = 0.0


async def measure(target: Target, requests: int, seconds: float) -> Samples:
    """One round: some requests one after another, as many streamed ones, then all that several clients manage."""
    samples = Samples()
    headers = {"Authorization": f"Bearer {target.key}"}
    timeout = aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(headers=headers, timeout=timeout, trust_env=False) as session:
        await _short(target, session)
        for _ in range(requests):
            samples.short.append(await _short(target, session))
        for _ in range(requests):
            samples.first_chunk.append(await _first_chunk(target, session))
        before, done = cpu_seconds(target.pid), 0
        for clients in CLIENTS:
            count, taken = await _together(target, session, clients, seconds)
            samples.per_second[clients] = count / taken
            done += count
        samples.cpu_ms = 1000 * (cpu_seconds(target.pid) - before) / done
    return samples


async def _short(target: Target, session: aiohttp.ClientSession) -> float:
    begin = time.perf_counter()
    async with session.post(f"{target.url}/chat/completions", json={**BODY, "model": target.model}) as answer:
        content: dict[str, Any] = await answer.json()
    taken = time.perf_counter() - begin
    assert content.get("choices"), content
    return taken


async def _first_chunk(target: Target, session: aiohttp.ClientSession) -> float:
    body = {**BODY, "model": target.model, "stream": True}
    begin, first = time.perf_counter(), 0.0
    async with session.post(f"{target.url}/chat/completions", json=body) as answer:
        async for line in answer.content:
            if line.startswith(b"data: ") and not first:
                first = time.perf_counter() - begin
    assert first, "no chunk came"
    return first


async def _together(target: Target, session: aiohttp.ClientSession, clients: int, seconds: float) -> tuple[int, float]:
    begin, done = time.perf_counter(), 0

    async def client() -> None:
        nonlocal done
        while time.perf_counter() < begin + seconds:
            await _short(target, session)
            done += 1

    await asyncio.gather(*(client() for _ in range(clients)))
    return done, time.perf_counter() - begin


def cpu_seconds(pid: int) -> float:
    """The processor time of a process and its children so far."""
    return sum(_ticks(one) for one in family(pid)) / TICKS


def memory_mib(pid: int) -> float:
    """The resident memory of a process and its children."""
    pages = sum(int(Path(f"/proc/{one}/statm").read_text().split()[1]) for one in family(pid))
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def family(pid: int) -> list[int]:
    """A process and all processes below it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in family(int(child)))]


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
