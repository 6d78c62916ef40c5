"""The engine as a process of its own, spoken to by plain HTTP: the SDK would take more time than the engine."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import aiohttp
import numpy as np
from numpy.typing import NDArray

from tests.wire.process import Process

WAIT, FIRST_START = 0.05, 300.0
EMBEDDING_MODEL = "text-embedding-minilm-l6-v2"


@dataclass(frozen=True)
class EngineClient:
    """A running engine. `ready_after` is how many seconds its start took."""

    session: aiohttp.ClientSession
    url: str
    process: Process
    ready_after: float

    async def post(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        async with self.session.post(self.url + path, json=body) as answer:
            answer.raise_for_status()
            document: dict[str, Any] = await answer.json()
            return document

    async def get(self, path: str) -> dict[str, Any]:
        async with self.session.get(self.url + path) as answer:
            answer.raise_for_status()
            document: dict[str, Any] = await answer.json()
            return document

    async def upload(self, file: Path) -> str:
        """A training file; returns its id."""
        form = aiohttp.FormData({"purpose": "fine-tune"})
        form.add_field("file", await asyncio.to_thread(file.read_bytes), filename=file.name)
        async with self.session.post(self.url + "/files", data=form) as answer:
            answer.raise_for_status()
            return str((await answer.json())["id"])

    async def launch(self, body: Mapping[str, object]) -> str:
        """A job that has begun to learn."""
        job = str((await self.post("/fine_tuning/jobs", body))["id"])
        while True:
            events = await self.get(f"/fine_tuning/jobs/{job}/events?limit=1")
            if events["data"][0]["type"] == "metrics":
                return job
            await asyncio.sleep(WAIT)

    async def tuned(self, body: Mapping[str, object]) -> str:
        """The model that a job makes, once it is there."""
        job = str((await self.post("/fine_tuning/jobs", body))["id"])
        while True:
            found = await self.get(f"/fine_tuning/jobs/{job}")
            if found["status"] == "succeeded":
                return str(found["fine_tuned_model"])
            assert found["status"] not in ("failed", "cancelled"), found["error"]
            await asyncio.sleep(WAIT)

    async def newest_tuned(self) -> str:
        jobs = (await self.get("/fine_tuning/jobs?limit=1"))["data"]
        return str(jobs[0]["fine_tuned_model"])

    async def texts(self, model: str, body: Mapping[str, object]) -> list[str]:
        answered = await self.post("/chat/completions", {"model": model, **body})
        return [choice["message"]["content"] or "" for choice in answered["choices"]]

    async def vectors(self, texts: Sequence[str]) -> NDArray[np.float64]:
        answered = await self.post("/embeddings", {"model": EMBEDDING_MODEL, "input": list(texts)})
        return np.array([row["embedding"] for row in answered["data"]])

    def memory_mib(self) -> dict[str, float]:
        """RSS of the engine and of the processes that it started, by what they run (Linux)."""
        pids = [self.process.pid, *_children(self.process.pid)]
        return {_module(pid): _resident_mib(pid) for pid in pids}


@asynccontextmanager
async def running_engine(home: Path, *options: str) -> AsyncIterator[EngineClient]:
    """Start it on this data directory."""
    began = perf_counter()
    async with (
        Process("engine", {}, "--port", "0", "--data-dir", str(home), *options) as engine,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session,
    ):
        ready = await engine.line(r"ready at (\S+)", timeout=FIRST_START)
        yield EngineClient(session, ready[1], engine, perf_counter() - began)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def _module(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").split("\0")
    return words[words.index("-m") + 1]


def _resident_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024
