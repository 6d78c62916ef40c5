"""Two hundred members while the model server fails three times in ten: acks, event loop, memory, and the ledger beside the bill."""

from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from benchmarks.report import table
from tests.wire.faulty_models import Fault, FaultyModelServer
from tests.wire.storm import BUDGET, COMMANDS, DAILY_ANSWERS, MEMBERS, SERVERS, TIMEOUT, Storm, storm
from tests.wire.watched_bot import EVERY_SECONDS, NOTED_SECONDS

TITLE = "Two hundred members, and a model server that fails"


@dataclass(frozen=True)
class Result:
    seen: Storm
    models: FaultyModelServer


async def measure() -> Result:
    with TemporaryDirectory() as folder:
        return Result(*await storm(Path(folder)))


def render(result: Result) -> str:
    seen, models = result.seen, result.models
    parts = [
        INTRODUCTION,
        table(["", "measured", "bar"], _figures(seen, models)),
        "### What the model server answered",
        table(["answer", "requests"], [["true", str(models.given[None])], *_faults(models)]),
        "### How the commands ended",
        table(["outcome", "commands"], [[name, str(count)] for name, count in seen.outcomes.most_common()]),
    ]
    return "\n\n".join(parts)


INTRODUCTION = f"""{MEMBERS} members of {SERVERS} servers send {COMMANDS} commands each to the real bot process: each the next one after its last answer
and up to three seconds of reading, some without waiting. They ask for jokes, slogans, comparisons, searches and pictures, vote, and press *Another*. One
server has a fine-tuned model in use, one a budget for the month, and one a limit of answers a day for each member. Of a hundred requests to the model server thirty fail, three in each of ten ways; its true answers take 0.02 to 0.4
seconds. REQUEST_TIMEOUT is {TIMEOUT:.0f}. Discord, the model server and the members are one process beside the bot's on the same machine.

An answer counts if the interaction was acknowledged once and has one final message. *Bill* is what the model server charges by its price list, also for
answers that never arrived. A *step* is what the event loop cannot interrupt, in processor time; the loop's *lateness* is looked at every {EVERY_SECONDS * 1000:.0f} ms
and counts the time in which it had a processor. Below {NOTED_SECONDS * 1000:.0f} ms neither is written down. `make soak` repeats the run and
asserts all but the times."""


def _figures(seen: Storm, models: FaultyModelServer) -> list[list[str]]:
    third = seen.memory[len(seen.memory) // 3]
    settled, told = seen.cost("answered", "failed"), models.billed(told=True)
    return [
        ["interactions", f"{len(seen.sent):,}", f"{MEMBERS * COMMANDS:,} and forms"],
        ["not answered, or not once", str(len(list(seen.badly_answered()))), "0"],
        ["took", f"{seen.seconds:.0f} s", ""],
        ["ack, median", _ms(median(seen.acks)), ""],
        ["ack, 99 of 100", _ms(quantiles(seen.acks, n=100)[98]), ""],
        ["ack, slowest", _ms(seen.acks[-1]), "1,000 ms"],
        ["longest step of the event loop", _longest(seen.steps), "100 ms"],
        ["event loop at most late", _longest(seen.late), "100 ms"],
        ["bill of answers whose tokens the bot knows", _dollars(told), ""],
        ["ledger, settled rows", _dollars(settled), "the same"],
        ["bill of answers that were lost", _dollars(models.billed(told=False)), ""],
        ["ledger, upper bounds of unknown rows", _dollars(seen.cost("unknown")), "no less"],
        ["ledger of the server with a budget", _dollars(seen.spent_within_budget()), f"${BUDGET:.2f}"],
        ["answers of a member, at most", str(seen.most_answers()), str(DAILY_ANSWERS)],
        ["memory at the start", f"{seen.memory[0]:.0f} MiB", ""],
        ["memory after a third", f"{third:.0f} MiB", ""],
        ["memory at the end", f"{seen.memory[-1]:.0f} MiB", f"{1.3 * third:.0f} MiB"],
    ]


def _faults(models: FaultyModelServer) -> list[list[str]]:
    return [[fault.value, str(models.given[fault])] for fault in Fault]


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms"


def _longest(noted: list[float]) -> str:
    return _ms(max(noted)) if noted else f"below {_ms(NOTED_SECONDS)}"


def _dollars(nanodollars: int) -> str:
    return f"${nanodollars / 1e9:.9f}"
