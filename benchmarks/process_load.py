"""What a process takes of the machine (Linux), and how late its event loop answers."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import aiohttp

_PROBE_SECONDS = 0.05
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Load:
    """Of one process while something went on: seconds on a processor, seconds that it was ready and waited for one, seconds of the clock, MiB at the
    end, and seconds that `/health` took."""

    processor: float = 0.0
    waited: float = 0.0
    clock: float = 0.0
    memory: float = 0.0
    probes: list[float] = field(default_factory=list)


@asynccontextmanager
async def observed(pid: int, base_url: str) -> AsyncIterator[Load]:
    """Filled when the context is left, with the memory as it is then. `base_url` ends in /v1."""
    load = Load()
    async with aiohttp.ClientSession() as session:
        probing = asyncio.create_task(_probe(session, base_url.removesuffix("/v1") + "/health", load.probes))
        processor, waited, began = _processor(pid), _waited(pid), perf_counter()
        try:
            yield load
        finally:
            load.processor, load.waited = _processor(pid) - processor, _waited(pid) - waited
            load.clock = perf_counter() - began
            load.memory = memory_mib(pid)
            probing.cancel()
            await asyncio.gather(probing, return_exceptions=True)


async def _probe(session: aiohttp.ClientSession, url: str, took: list[float]) -> None:
    while True:
        began = perf_counter()
        try:
            async with session.get(url) as answer:
                await answer.read()
        finally:  # an answer that has not come yet is as late as this, at least
            took.append(perf_counter() - began)
        await asyncio.sleep(_PROBE_SECONDS)


def _processor(pid: int) -> float:
    """Seconds, in steps of 10 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _waited(pid: int) -> float:
    """Of its main thread, where the event loop is."""
    return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[1]) / 1e9


def memory_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024
