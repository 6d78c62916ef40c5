"""A large training file: how fast it is checked, what that costs in memory, and who waits for it meanwhile."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks import large_file, rounds
from benchmarks.contestants import PUNCHLINE, Running, model_server
from benchmarks.measured import Bar
from benchmarks.report import ROOT, table
from benchmarks.rounds import Joke, Spread
from bot.datasets.task import Task, run
from bot.processes import Processes
from tests.wire.shapes import MANAGE_GUILD, Upload

TITLE = "A large dataset"
ROUNDS = 7
WARM_UP, IDLE, UPLOADS = 50, 200, 5
SAMPLES = 0.01
MIB = 1024 * 1024

LOOP = """
import json, os, sys, time
os.nice(10)
started = time.perf_counter()
with open(sys.argv[1], encoding="utf-8") as lines:
    for line in lines:
        json.loads(line)
print(time.perf_counter() - started)
"""


@dataclass
class Results:
    """Seconds, MiB, and jokes."""

    size: int = 0
    loops: list[float] = field(default_factory=list)
    checks: list[float] = field(default_factory=list)
    uploads: list[float] = field(default_factory=list)
    idle: list[Joke] = field(default_factory=list)
    busy: list[Joke] = field(default_factory=list)
    idle_memory: float = 0.0
    peak_memory: float = 0.0


async def measure() -> Results:
    """Loop and check take turns; then one bot tells jokes, alone and during uploads."""
    results = Results()
    with TemporaryDirectory() as home:
        path = Path(home) / "large.jsonl"
        large_file.write(path)
        results.size = path.stat().st_size
        for turn in range(ROUNDS + 1):
            loop, check = await _loop(path), await _check(path)
            if turn > 0:
                results.loops.append(loop)
                results.checks.append(check)
        async with model_server() as models, PUNCHLINE.running(models.url, Path(home)) as running:
            await _uploads(running, Upload("large.jsonl", path.read_bytes()), results)
    return results


async def _loop(path: Path) -> float:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LOOP, str(path), stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    told, _ = await process.communicate()
    return float(told)


async def _check(path: Path) -> float:
    started = perf_counter()
    outcome = await run(Task([(str(path), path.name)]), Processes(at_once=1, timeout_seconds=600))
    assert (outcome.found.examples, outcome.found.error_count) == (large_file.LINES, 0)
    return perf_counter() - started


async def _uploads(running: Running, file: Upload, results: Results) -> None:
    await rounds.one_at_a_time(running, WARM_UP)
    results.idle = await rounds.one_at_a_time(running, IDLE)
    results.idle_memory = results.peak_memory = _memory(running.process.pid)
    for number in range(UPLOADS):
        async with _watched(running, results):
            started = perf_counter()
            options = {"file": file, "name": f"large {number}"}
            upload = await running.discord.command("dataset upload", options, permissions=MANAGE_GUILD)
            answer = asyncio.create_task(upload.answered)
            while not answer.done():
                results.busy.append(await rounds.one(running))
            assert f"{large_file.LINES:,} examples" in (await answer).text, (await answer).text
            results.uploads.append(perf_counter() - started)


@asynccontextmanager
async def _watched(running: Running, results: Results) -> AsyncIterator[None]:
    """Keeps the highest memory of the bot and its processes."""

    async def watch() -> None:
        while True:
            results.peak_memory = max(results.peak_memory, _memory(running.process.pid))
            await asyncio.sleep(SAMPLES)

    watcher = asyncio.create_task(watch())
    try:
        yield
    finally:
        watcher.cancel()
        with suppress(asyncio.CancelledError):
            await watcher


def _memory(pid: int, parent: bytes = b"") -> float:
    """RSS of a process and those that it started, in MiB; Linux only."""
    total = 0.0
    with suppress(FileNotFoundError, ProcessLookupError):  # one that ends meanwhile counts no more
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        if command == parent:  # for a moment after its start a process still is its parent, sharing all of its memory
            return 0.0
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        total += pages * 4096 / MIB
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        total += sum(_memory(int(child), command) for child in children)
    return total


def bars(results: Results) -> list[Bar]:
    """What is promised."""
    idle, busy = _spreads(results)
    return [
        Bar(
            "check, whole process", median(results.checks), 2 * median(results.loops), "s", "2 × bare `json.loads` loop"
        ),
        Bar("memory of bot and check above idle", results.peak_memory - results.idle_memory, 60, "MiB", "60 MiB"),
        Bar("/joke during uploads, ack p50", busy[0].p50, 2 * idle[0].p50, "ms", "2 × idle"),
        Bar("/joke during uploads, reply p50", busy[1].p50, 2 * idle[1].p50, "ms", "2 × idle"),
    ]


def _spreads(results: Results) -> tuple[tuple[Spread, Spread], tuple[Spread, Spread]]:
    return tuple(  # type: ignore[return-value]  # two of two
        (Spread.of([joke.ack for joke in jokes]), Spread.of([joke.reply for joke in jokes]))
        for jokes in (results.idle, results.busy)
    )


def render(results: Results) -> str:
    """As Markdown."""
    head = ["promise", "measured", "bar", "which is", "share of the bar", "verdict"]
    idle, busy = _spreads(results)
    shares = [loop / check for loop, check in zip(results.loops, results.checks, strict=True)]
    return "\n\n".join(
        [
            INTRODUCTION.format(size=results.size / 1e6, busy=len(results.busy)),
            "### What is promised",
            table(head, (bar.row() for bar in bars(results))),
            f"### Speed (s, median of {ROUNDS} turns)",
            table(
                ["what", "time", "MB/s", "of the loop's speed"],
                [
                    ["bare `json.loads` loop", *_speed(results, results.loops), "1.00"],
                    ["check", *_speed(results, results.checks), f"{median(shares):.2f}"],
                    [f"upload, at most ({UPLOADS} times)", f"{max(results.uploads):.2f}", "", ""],
                ],
            ),
            "### /joke (ms)",
            table(
                ["when", "ack p50", "p95", "p99", "reply p50", "p95", "p99"],
                [["idle", *idle[0].cells(), *idle[1].cells()], ["during uploads", *busy[0].cells(), *busy[1].cells()]],
            ),
            "### Memory (MiB)",
            table(
                ["when", "bot and its processes (RSS)"],
                [["idle", f"{results.idle_memory:.1f}"], ["highest during uploads", f"{results.peak_memory:.1f}"]],
            ),
        ]
    )


def _speed(results: Results, times: list[float]) -> list[str]:
    return [f"{median(times):.2f}", f"{results.size / 1e6 / median(times):.0f}"]


INTRODUCTION = f"""A made-up training file of {large_file.LINES:,} lines and {{size:.1f}} MB. The loop reads lines as text and gives each to
`json.loads`, in a process as nice as the check's, whose start is not counted. The check is the whole `python -m bot.datasets.worker`, its start included: every
line's structure, roles and texts, tokens (an estimate), repetitions, endings, held-out scenarios, the file's SHA-256. Then the file goes
through `/dataset upload` on a loopback Discord {UPLOADS} times, while members ask for {{busy}} jokes, one at a time; gateway, model server,
bot and check share the machine."""
