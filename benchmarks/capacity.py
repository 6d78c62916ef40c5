"""What one engine process carries that hands its chats on: requests a second, and streams that are open at the same time."""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, perf_counter

import aiohttp

from benchmarks.engine_client import EMBEDDING_MODEL, FIRST_START, EngineClient, running_engine
from benchmarks.process_load import Load, memory_mib, observed
from benchmarks.report import table
from benchmarks.rounds import Spread
from engine.backends.llama import smollm2
from engine.backends.llama.base import open_gguf
from tests.wire.process import Process

TITLE = "What one engine process carries"
VARIABLE = "BENCH_POSTGRES"
CLIENTS, SECONDS = 32, 4.0
PIECES = 20  # of an answer that comes at once: as long as a joke
STREAMS, STREAM_PIECES, STREAM_SECONDS = (100, 500, 1000, 2000), 10, 1.0
START_SECONDS = 10.0  # in which streams begin, evenly

Ask = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Rate:
    """Requests that were answered in the time of the load, and seconds that each took."""

    name: str
    answered: int
    load: Load
    took: list[float]


@dataclass(frozen=True)
class Streams:
    """How late each piece arrived after the upstream had sent it, in seconds, and streams that were not whole."""

    count: int
    late: list[float]
    broken: int
    load: Load
    memory_before: float


@dataclass
class Capacity:
    rates: list[Rate] = field(default_factory=list)
    floors: list[Rate] = field(default_factory=list)
    streams: list[Streams] = field(default_factory=list)
    direct: list[Streams] = field(default_factory=list)


async def measure() -> Capacity:
    """The engine and the upstream are processes of their own; the upstream asked directly is the floor."""
    found = Capacity()
    async with AsyncExitStack() as stack:
        home = Path(stack.enter_context(TemporaryDirectory()))
        upstream = await stack.enter_async_context(Process("benchmarks.upstream", {}))
        upstream_url = (await upstream.line(r"ready at (\S+)", timeout=FIRST_START))[1]
        base = await asyncio.to_thread(_make_base, home / "base")
        options = ("--no-smollm2", "--base", f"small={base}", "--serve-url", upstream_url)
        client = await stack.enter_async_context(running_engine(home / "engine", *options))
        await _rates(client, upstream, upstream_url, found)
        for count in STREAMS:
            found.direct.append(await _streams(client.session, upstream_url, upstream.pid, count))
            found.streams.append(await _streams(client.session, client.url, client.process.pid, count))
            print(f"{count} streams: {_stream_cells(found.streams[-1])}", file=sys.stderr)
        if url := os.environ.get(VARIABLE):
            models = home / "engine" / "models"  # practice-1, which takes time to train
            shutil.copytree(models, home / "shared" / "models")
            shared = await stack.enter_async_context(
                running_engine(home / "shared", "--no-smollm2", "--practice", "--database", url)
            )
            found.rates.append(await _reading_state(shared, "`GET` of a file, state in PostgreSQL"))
    return found


def _make_base(folder: Path) -> Path:
    """All of a base but its weights, which the engine does not open where another server answers."""
    folder.mkdir()
    base = open_gguf(smollm2.find(), folder / "cache")
    (folder / "tokenizer.json").write_text(base.tokenizer, encoding="utf-8")
    config = {"model_type": "llama", "max_position_embeddings": base.context_tokens}
    tokens = {"tokenizer_class": "PreTrainedTokenizerFast", "chat_template": base.chat_template, **base.special_tokens}
    for name, document in (("config.json", config), ("tokenizer_config.json", tokens)):
        (folder / name).write_text(json.dumps(document), encoding="utf-8")
    return folder


async def _rates(client: EngineClient, upstream: Process, upstream_url: str, found: Capacity) -> None:
    session, chats = client.session, "/chat/completions"
    whole, streamed = _body(PIECES, 0, stream=False), _body(PIECES, 0, stream=True)
    for name, body in ((f"chat of {PIECES} pieces", whole), ("the same, streamed to the client", streamed)):
        for whose, url, pid, rates in (
            ("upstream itself: ", upstream_url, upstream.pid, found.floors),
            ("", client.url, client.process.pid, found.rates),
        ):
            ask = partial(_post, session, url + chats, body)
            rates.append(await _rate(whose + name, ask, pid, url))
    embedding = {"model": EMBEDDING_MODEL, "input": "A man walking across the road"}
    for name, ask in (
        ("embedding of one text", partial(_post, session, f"{client.url}/embeddings", embedding)),
        ("`GET /v1/models`", partial(_get, session, f"{client.url}/models")),
    ):
        found.rates.append(await _rate(name, ask, client.process.pid, client.url))
    found.rates.append(await _reading_state(client, "`GET` of a file, state in SQLite"))


async def _reading_state(client: EngineClient, name: str) -> Rate:
    file = await client.upload(Path(__file__).parents[1] / "data" / "jokes.jsonl")
    return await _rate(
        name, partial(_get, client.session, f"{client.url}/files/{file}"), client.process.pid, client.url
    )


def _body(pieces: int, seconds: float, *, stream: bool) -> Mapping[str, object]:
    return {"model": "small", "messages": [{"role": "user", "content": f"{pieces} {seconds}"}], "stream": stream}


async def _post(session: aiohttp.ClientSession, url: str, body: Mapping[str, object]) -> None:
    async with session.post(url, json=body) as answer:
        answer.raise_for_status()
        await answer.read()


async def _get(session: aiohttp.ClientSession, url: str) -> None:
    async with session.get(url) as answer:
        answer.raise_for_status()
        await answer.read()


async def _rate(name: str, ask: Ask, pid: int, url: str) -> Rate:
    """As many clients as CLIENTS, each of which asks again once it is answered."""
    await asyncio.gather(*(ask() for _ in range(CLIENTS)))
    took = list[float]()
    async with observed(pid, url) as load:
        end = monotonic() + SECONDS

        async def client() -> None:
            while monotonic() < end:
                began = perf_counter()
                await ask()
                took.append(perf_counter() - began)

        await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return Rate(name, len(took), load, took)


async def _streams(session: aiohttp.ClientSession, url: str, pid: int, count: int) -> Streams:
    """Slow streams that begin one after another and are all open for a while."""
    late, whole, before = list[float](), list[bool](), memory_mib(pid)
    pieces = STREAM_PIECES + round(START_SECONDS / STREAM_SECONDS)
    body = _body(pieces, STREAM_SECONDS, stream=True)

    async def stream(number: int) -> None:
        await asyncio.sleep(START_SECONDS * number / count)
        arrived = 0
        try:
            async for text in _pieces(session, f"{url}/chat/completions", body):
                late.append(monotonic() - float(text))
                arrived += 1
        except (aiohttp.ClientError, TimeoutError, OSError):
            pass
        whole.append(arrived == pieces)

    running = asyncio.gather(*(stream(number) for number in range(count)))
    await asyncio.sleep(START_SECONDS)
    async with observed(pid, url) as load:  # while all are open
        await asyncio.sleep(STREAM_PIECES * STREAM_SECONDS - 1)
    await running
    return Streams(count, late, whole.count(False), load, before)


async def _pieces(session: aiohttp.ClientSession, url: str, body: Mapping[str, object]) -> AsyncIterator[str]:
    async with session.post(url, json=body, timeout=aiohttp.ClientTimeout(total=600)) as answer:
        answer.raise_for_status()
        async for line in answer.content:
            _, found, rest = line.partition(b'"content":"')
            if found and (text := rest.partition(b'"')[0].strip()):
                yield text.decode()


def render(found: Capacity) -> str:
    rates = [[rate.name, *_rate_cells(rate)] for rate in (*found.rates, *found.floors)]
    head = [
        "",
        "requests a second",
        "p50 (ms)",
        "p99 (ms)",
        "processor (ms a request)",
        "one core would carry",
        "/health, p99 (ms)",
    ]
    streams = [
        [f"{one.count:,} {name}", *_stream_cells(one)]
        for pair in zip(found.streams, found.direct, strict=True)
        for name, one in zip(("through the engine", "from the upstream itself"), pair, strict=True)
    ]
    stream_head = [
        "open at the same time",
        "not whole",
        "a piece is late by, p50 (ms)",
        "p99 (ms)",
        "processor",
        "waited for one",
        "ms a piece",
        "MiB",
        "KiB a stream",
        "/health, p50 (ms)",
        "p99 (ms)",
    ]
    return "\n\n".join(
        [INTRODUCTION, "### Requests a second", table(head, rates), "### Open streams", table(stream_head, streams)]
    )


def _spread(probes: list[float]) -> Spread:
    """Also of a single one, where the process did not answer in time for a second."""
    return Spread.of(probes if len(probes) > 1 else [*probes, *probes])


def _rate_cells(rate: Rate) -> list[str]:
    spread, each = Spread.of(rate.took), rate.load.processor / rate.answered
    numbers = [
        f"{rate.answered / rate.load.clock:,.0f}",
        f"{spread.p50:.1f}",
        f"{spread.p99:.1f}",
        f"{each * 1000:.2f}",
    ]
    return [*numbers, f"{1 / each:,.0f}", f"{_spread(rate.load.probes).p99:.0f}"]


def _stream_cells(one: Streams) -> list[str]:
    late, probes, load = Spread.of(one.late), _spread(one.load.probes), one.load
    each = load.processor / (one.count * load.clock / STREAM_SECONDS)
    kib = (load.memory - one.memory_before) * 1024 / one.count
    numbers = [
        f"{one.broken}",
        f"{late.p50:.1f}",
        f"{late.p99:.0f}",
        f"{load.processor / load.clock:.0%}",
        f"{load.waited / load.clock:.0%}",
    ]
    return [
        *numbers,
        f"{each * 1000:.2f}",
        f"{load.memory:.0f}",
        f"{kib:.0f}",
        f"{probes.p50:.0f}",
        f"{probes.p99:.0f}",
    ]


INTRODUCTION = f"""`python -m engine --base … --serve-url …` hands each chat to an upstream that costs next to nothing, a process of its own; the client is a third one. {CLIENTS} clients ask again as soon as they are
answered, for {SECONDS:.0f} s. *Processor* is what the engine's process took of one core: *one core would carry* is its reciprocal, and says more than the clock, since client and upstream share the machine. *Waited for one* is how long the process was ready and not on a core: other programs' doing, and so is part of each lateness. A stream brings a piece every
{STREAM_SECONDS:.0f} s; each piece names the moment at which the upstream sent it, and is late by what upstream, engine and client took together. Streams are begun within {START_SECONDS:.0f} s, and the process is observed while all are open. `/health` was asked every 50 ms: it waits as long as the event loop does.
`{VARIABLE}=postgresql://…` (an empty database) adds the row of PostgreSQL."""
