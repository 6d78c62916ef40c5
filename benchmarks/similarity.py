"""Similarity: exact search beside the bare product and faiss, requests for many comparisons, and a repeated pair beside an echo."""

import asyncio
from dataclasses import dataclass
from itertools import count
from statistics import median

from benchmarks import contestants, nearest
from benchmarks.contestants import ECHO, PUNCHLINE, Running
from benchmarks.measured import Bar
from benchmarks.nearest import Search
from benchmarks.report import table
from benchmarks.rounds import SCENARIO, Spread
from tests.wire.model_server import FakeModelServer

TITLE = "/similarity: search, requests, repeats"
COMPARISONS_AT_ONCE = 200
WARM_UP, REPEATS = 50, 600
PAIR = {"first": "I like apples", "second": "I like bananas"}
_members = count(5_000_000_000_000_000_000)


@dataclass(frozen=True)
class Results:
    """`requests` were caused by `COMPARISONS_AT_ONCE` comparisons, `repeated` by all repeats of one pair; times in seconds."""

    searches: list[Search]
    requests: int
    repeated: int
    repeats: list[float]
    echoes: list[float]


async def measure() -> Results:
    """The searches alone first; then bot and echo take turns on their loopback Discords."""
    searches = await asyncio.to_thread(nearest.measure)
    async with FakeModelServer() as models, contestants.all_running([ECHO, PUNCHLINE], models.url) as (echo, ours):
        await _compare_at_once(ours)
        requests = len(models.calls("embeddings"))
        repeats, echoes, before = await _take_turns(echo, ours, models)
        return Results(searches, requests, len(models.calls("embeddings")) - before, repeats, echoes)


async def _compare_at_once(ours: Running) -> None:
    asked = [
        await ours.discord.command(
            "similarity compare", {"first": f"Text {n}", "second": f"Its pair {n}"}, user_id=next(_members)
        )
        for n in range(COMPARISONS_AT_ONCE)
    ]
    await asyncio.gather(*(interaction.answered for interaction in asked))


async def _take_turns(echo: Running, ours: Running, models: FakeModelServer) -> tuple[list[float], list[float], int]:
    for _ in range(WARM_UP):
        await _repeat(ours)
        await _echo(echo)
    before = len(models.calls("embeddings"))
    repeats: list[float] = []
    echoes: list[float] = []
    for _ in range(REPEATS):
        repeats.append(await _repeat(ours))
        echoes.append(await _echo(echo))
    return repeats, echoes, before


async def _repeat(ours: Running) -> float:
    asked = await ours.discord.command("similarity compare", PAIR, user_id=next(_members))
    return (await asked.answered).elapsed


async def _echo(echo: Running) -> float:
    asked = await echo.discord.command("joke", {"scenario": SCENARIO}, user_id=next(_members))
    return (await asked.answered).elapsed


def bars(results: Results) -> list[Bar]:
    """What is promised of similarity."""
    found = []
    for search in results.searches:
        what = f"top {nearest.TOP} of {search.rows:,} × {search.dimensions}"
        found.append(Bar(f"{what}, time", search.ours * 1000, search.bare * 1000 / 0.8, "ms", "bare product / 0.8"))
        found.append(Bar(f"{what}, memory", search.memory, search.matrix * 1.2, "MiB", "1.2 × the matrix"))
    found.append(Bar(f"requests for {COMPARISONS_AT_ONCE} comparisons at once", results.requests, 10, "", "10"))
    found.append(Bar("requests for a repeated pair", results.repeated, 0, "", "none"))
    echo = median(results.echoes) * 1000
    found.append(Bar("a repeated pair, p50", median(results.repeats) * 1000, 1.5 * echo, "ms", "1.5 × echo"))
    return found


def render(results: Results) -> str:
    head = ["promise", "measured", "bar", "which is", "share of the bar", "verdict"]
    return "\n\n".join(
        [
            INTRODUCTION,
            "### What is promised",
            table(head, (_row(bar) for bar in bars(results))),
            f"### Top {nearest.TOP}, one query at a time (ms, median of {nearest.ROUNDS} rounds)",
            table(["search", *(_size(search) for search in results.searches)], _searches(results.searches)),
            "### Replies (ms)",
            table(
                ["command", "p50", "p95", "p99"],
                [
                    ["echo", *Spread.of(results.echoes).cells()],
                    ["/similarity compare, repeated", *Spread.of(results.repeats).cells()],
                ],
            ),
        ]
    )


def _row(bar: Bar) -> list[str]:
    return bar.row() if bar.limit else [bar.what, f"{bar.value:.0f}", "0", bar.rule, "–", _verdict(bar)]


def _verdict(bar: Bar) -> str:
    return "holds" if bar.holds else "**broken**"


def _size(search: Search) -> str:
    return f"{search.rows:,} × {search.dimensions}"


def _searches(searches: list[Search]) -> list[list[str]]:
    faiss = [f"{search.faiss * 1000:.2f}" if search.faiss is not None else "not installed" for search in searches]
    return [
        ["bare `matrix @ query`, no top taken", *(f"{search.bare * 1000:.2f}" for search in searches)],
        ["Punchline", *(f"{search.ours * 1000:.2f}" for search in searches)],
        ["faiss-cpu, IndexFlatIP", *faiss],
    ]


INTRODUCTION = f"""The same random unit vectors for all, float32; bare product, Punchline and faiss-cpu (where the `bench` extra is
installed) take turns in every round, and Punchline's and faiss's answers are compared. Memory is what the process grew by while the rows
were added in pages of {nearest.PAGE}. Then {COMPARISONS_AT_ONCE} comparisons of different texts are typed at once over a loopback Discord, and one
pair again and again, in turns with the echo bot of the first section. Repeats are answered from memory."""
