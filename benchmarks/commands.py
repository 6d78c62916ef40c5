"""/joke of Punchline beside two of the barest bots: how soon, how fast, how many, how big."""

from benchmarks import contestants, rounds
from benchmarks.contestants import ECHO, FLOOR, PUNCHLINE, Models, Running
from benchmarks.measured import Measured, bars
from benchmarks.report import table

TITLE = "/joke, beside the barest bots"
STARTS = 11
WARM_UP, BLOCK, BLOCKS = 50, 50, 6
BURSTS = {20: 15, 200: 5}  # how many at once: in how many rounds
SLOW_SECONDS, SLOW_JOKES, SLOW_ROUNDS = 5.0, 200, 2

Results = dict[str, Measured]


async def measure() -> Results:
    """Every bot takes its turn in every round, so that what the machine does meanwhile falls on all of them."""
    results = {one.name: Measured() for one in contestants.contestants()}
    async with contestants.model_server() as models:
        await _starts(models, results)
        async with contestants.all_running(contestants.contestants(), models.url) as running:
            await _one_at_a_time(running, results)
            for size, times in BURSTS.items():
                await _bursts(running, results, size, times)
            await models.set_delay(SLOW_SECONDS)
            await _slow(running, results)
    return results


async def _starts(models: Models, results: Results) -> None:
    for turn in range(STARTS + 1):
        for one in contestants.contestants():
            start = await rounds.start_twice(one, models.url)
            if turn > 0:  # the first turn compiles bytecode and fills the page cache
                results[one.name].starts.append(start)


async def _one_at_a_time(running: list[Running], results: Results) -> None:
    for one in running:
        await rounds.one_at_a_time(one, WARM_UP)
    for _ in range(BLOCKS):
        for one in running:
            results[one.contestant.name].jokes += await rounds.one_at_a_time(one, BLOCK)
    for one in running:
        results[one.contestant.name].memory = one.process.resident_mib()


async def _bursts(running: list[Running], results: Results, size: int, times: int) -> None:
    for turn in range(times + 1):
        for one in running:
            burst = await rounds.at_once(one, size)
            if turn > 0:
                results[one.contestant.name].bursts.setdefault(size, []).append(burst)


async def _slow(running: list[Running], results: Results) -> None:
    for _ in range(SLOW_ROUNDS):
        for one in running:
            results[one.contestant.name].slow.append(await rounds.slowest_wait(one, SLOW_JOKES))


def render(results: Results) -> str:
    parts = [INTRODUCTION, *_promises(results), *_tables(results)]
    return "\n\n".join(parts)


INTRODUCTION = f"""Each bot is a process of its own on a loopback Discord (a real websocket, real HTTP, all served by one
process), with a model server in a third process that answers at once. *echo* has one command that answers immediately;
*floor* has one that defers, makes one call on one AsyncOpenAI and sends one embed with one button. Punchline has no tuned
model here, so it sends ten examples with each scenario, and keeps every joke in SQLite. The bots take turns in every round. Times run from the interaction's dispatch to the arrival of its callback (ack) and of the first content
that a member can read (reply). Ready means that the first /joke, sent the moment the bot's session is opened, has been
acknowledged. After {WARM_UP} jokes to warm up, {BLOCK * BLOCKS} are asked for one at a time; memory (RSS) is read then."""


def _promises(results: Results) -> list[str]:
    if PUNCHLINE.name not in results:
        return ["Punchline itself was not there to be measured."]
    checked = bars(results[PUNCHLINE.name], results[ECHO.name], results[FLOOR.name])
    head = ["promise", "measured", "bar", "which is", "share of the bar", "verdict"]
    return ["### What is promised", table(head, (bar.row() for bar in checked))]


def _tables(results: Results) -> list[str]:
    return [
        f"### Start (median of {STARTS})",
        table(
            ["bot", "ready, empty directory (s)", "ready, restarted (s)"],
            ([name, f"{mine.first_ready:.2f}", f"{mine.ready:.2f}"] for name, mine in results.items()),
        ),
        "### One at a time (ms)",
        table(
            ["bot", "ack p50", "p95", "p99", "reply p50", "p95", "p99"],
            ([name, *mine.acks.cells(), *mine.replies.cells()] for name, mine in results.items()),
        ),
        f"### At once (ms to the last; median of {BURSTS[20]} rounds of 20 and {BURSTS[200]} of 200)",
        table(
            ["bot", *(f"{size}: {end}" for size in BURSTS for end in ("ack", "reply"))],
            (
                [name, *(f"{last(size):.1f}" for size in BURSTS for last in (mine.last_ack, mine.last_reply))]
                for name, mine in results.items()
            ),
        ),
        f"### {SLOW_JOKES} in flight while the model takes {SLOW_SECONDS:.0f} s (s, the slowest of all in {SLOW_ROUNDS} rounds)",
        table(
            ["bot", "ack", "reply"],
            ([name, f"{mine.slowest_ack:.3f}", f"{mine.slowest_reply:.2f}"] for name, mine in results.items()),
        ),
        "### Memory (MiB)",
        table(["bot", f"RSS after {WARM_UP + BLOCK * BLOCKS} jokes"], _memory(results)),
    ]


def _memory(results: Results) -> list[list[str]]:
    return [[name, f"{mine.memory:.1f}"] for name, mine in results.items()]
