"""The engine under load: embeddings beside the bare encoder, fifty chats at once, chats while a model trains."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import aiohttp

from benchmarks.engine_client import EMBEDDING_MODEL, EngineClient, running_engine
from benchmarks.measured import Bar
from benchmarks.report import ROOT, table
from benchmarks.rounds import Spread

TITLE = "The engine under load"
EMBEDDERS, TEXTS, ROUNDS = 32, 640, 7
CHATTERS, CHATS = 50, 10
ALONE, BLOCKS = 100, 4

# The bare encoder in a process of its own, with the engine's settings: batches of as many texts as there are clients.
BARE = """
import json, sys, time
from engine.backends.minilm import MiniLM
encoder, texts, size = MiniLM(), json.load(sys.stdin), int(sys.argv[1])
encoder.encode(texts[:size])
began = time.perf_counter()
for start in range(0, len(texts), size):
    encoder.encode(texts[start : start + size])
print(time.perf_counter() - began)
"""


@dataclass
class Results:
    """Seconds: of whole rounds of embeddings, and of single chats."""

    bare: list[float] = field(default_factory=list)
    embedded: list[float] = field(default_factory=list)
    crowd: list[float] = field(default_factory=list)
    failed: int = 0
    idle: list[float] = field(default_factory=list)
    training: list[float] = field(default_factory=list)


async def measure() -> Results:
    """Bare and served embeddings take turns, and so do chats alone and beside a training."""
    results = Results()
    with TemporaryDirectory() as home:
        async with running_engine(Path(home), "--no-smollm2") as client:
            await _embeddings(client, results)
            await _crowd(client, results)
            await _beside_training(client, results)
    return results


def sentences() -> list[str]:
    """As many texts as a round has, of the length of jokes."""
    lines = (ROOT / "data" / "jokes.jsonl").read_text(encoding="utf-8").splitlines()
    answers = [json.loads(line)["messages"][-1]["content"] for line in lines]
    return [f"{answers[number % len(answers)]} {number}" for number in range(TEXTS)]


async def _embeddings(client: EngineClient, results: Results) -> None:
    texts = sentences()
    await _at_once(client, texts[:EMBEDDERS])
    for _ in range(ROUNDS):
        results.bare.append(await asyncio.to_thread(_bare, texts))
        results.embedded.append(await _at_once(client, texts))


def _bare(texts: Sequence[str]) -> float:
    command = [sys.executable, "-c", BARE, str(EMBEDDERS)]
    done = subprocess.run(command, cwd=ROOT, input=json.dumps(texts), capture_output=True, text=True, check=True)  # noqa: S603 - our own
    return float(done.stdout)


async def _at_once(client: EngineClient, texts: Sequence[str]) -> float:
    """Every client sends one text, waits for its vector, and sends its next."""

    async def one(mine: Sequence[str]) -> None:
        for text in mine:
            await client.post("/embeddings", {"model": EMBEDDING_MODEL, "input": text, "encoding_format": "base64"})

    began = perf_counter()
    await asyncio.gather(*(one(texts[number::EMBEDDERS]) for number in range(EMBEDDERS)))
    return perf_counter() - began


async def _crowd(client: EngineClient, results: Results) -> None:
    async def one(number: int) -> None:
        for turn in range(CHATS):
            try:
                results.crowd.append(await _chat(client, number + turn))
            except aiohttp.ClientError:
                results.failed += 1

    await asyncio.gather(*map(one, range(CHATTERS)))


async def _chat(client: EngineClient, number: int) -> float:
    began = perf_counter()
    asked = [{"role": "user", "content": f"A company that sells ice cream in town {number}"}]
    await client.post("/chat/completions", {"model": "practice-1", "messages": asked})
    return perf_counter() - began


async def _beside_training(client: EngineClient, results: Results) -> None:
    """A job that will go on for long, ended when it was measured."""
    chosen = {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 50}}}
    file_id = await client.upload(ROOT / "data" / "jokes.jsonl")
    for _ in range(BLOCKS):
        results.idle += [await _chat(client, number) for number in range(ALONE)]
        job = await client.launch({"model": "practice-1", "training_file": file_id, "method": chosen})
        results.training += [await _chat(client, number) for number in range(ALONE)]
        assert (await client.post(f"/fine_tuning/jobs/{job}/cancel", {}))["status"] == "cancelled", "it ended too soon"


def render(results: Results) -> str:
    idle, training, crowd = Spread.of(results.idle), Spread.of(results.training), Spread.of(results.crowd)
    bare, served = (1000 * median(times) / TEXTS for times in (results.bare, results.embedded))
    bars = [
        Bar(f"a text through HTTP, {EMBEDDERS} clients", served, bare / 0.8, "ms", "bare encoder / 0.8"),
        Bar(f"chats that failed, {CHATTERS} clients", results.failed, 0.5, "", "none"),
        Bar("chat beside a training, p95", training.p95, 2 * idle.p95, "ms", "2 × idle"),
    ]
    head = ["promise", "measured", "bar", "which is", "share of the bar", "verdict"]
    chats = [
        ["alone", *idle.cells()],
        ["while a model trains", *training.cells()],
        [f"{CHATTERS} at once", *crowd.cells()],
    ]
    return "\n\n".join(
        [
            INTRODUCTION,
            "### What is promised",
            table(head, (bar.row() for bar in bars)),
            f"### Embeddings (median of {ROUNDS} rounds of {TEXTS} texts)",
            table(
                ["way", "texts a second"],
                [
                    ["the bare encoder, batches of 32", f"{1000 / bare:.0f}"],
                    ["through HTTP, one text a request", f"{1000 / served:.0f}"],
                    ["share", f"{bare / served:.2f}"],
                ],
            ),
            "### Chat on practice-1 (ms)",
            table(["", "p50", "p95", "p99"], chats),
        ]
    )


INTRODUCTION = f"""The engine is a process of its own, spoken to by plain HTTP from this one. Bare and served embeddings take turns: the bare
encoder runs in a third process with the engine's settings (one thread a matrix product), in batches of {EMBEDDERS}; through HTTP, {EMBEDDERS} clients
send one text at a time. {CHATTERS} clients send {CHATS} chats each, without a pause. Then one client chats {ALONE} times alone and {ALONE} times while
practice-1 is tuned on the shipped jokes, in {BLOCKS} turns."""
