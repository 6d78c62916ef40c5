"""What was measured of one bot, and the bars that Punchline has to clear beside the others."""

from dataclasses import dataclass, field
from statistics import median

from benchmarks.rounds import Joke, Spread, Start


@dataclass
class Measured:
    """All that was measured of one bot; seconds, and MiB."""

    starts: list[Start] = field(default_factory=list)
    jokes: list[Joke] = field(default_factory=list)
    memory: float = 0.0
    bursts: dict[int, list[Joke]] = field(default_factory=dict)
    slow: list[Joke] = field(default_factory=list)

    @property
    def ready(self) -> float:
        return median(start.again for start in self.starts)

    @property
    def first_ready(self) -> float:
        return median(start.first for start in self.starts)

    @property
    def acks(self) -> Spread:
        return Spread.of([joke.ack for joke in self.jokes])

    @property
    def replies(self) -> Spread:
        return Spread.of([joke.reply for joke in self.jokes])

    def last_ack(self, size: int) -> float:
        return median(burst.ack for burst in self.bursts[size]) * 1000

    def last_reply(self, size: int) -> float:
        return median(burst.reply for burst in self.bursts[size]) * 1000

    @property
    def slowest_ack(self) -> float:
        return max(burst.ack for burst in self.slow)

    @property
    def slowest_reply(self) -> float:
        return max(burst.reply for burst in self.slow)


@dataclass(frozen=True)
class Bar:
    """One promise: `value` stays at or below `limit`; both in `unit`."""

    what: str
    value: float
    limit: float
    unit: str
    rule: str

    @property
    def holds(self) -> bool:
        return self.value <= self.limit

    def row(self) -> list[str]:
        verdict = "holds" if self.holds else "**broken**"
        share = f"{self.value / self.limit:.2f}"
        return [self.what, f"{self.value:.2f} {self.unit}", f"{self.limit:.2f} {self.unit}", self.rule, share, verdict]


def bars(ours: Measured, echo: Measured, floor: Measured) -> list[Bar]:
    """What Punchline promises of /joke."""
    return [
        Bar("ack, p50", ours.acks.p50, 3 * echo.acks.p50, "ms", "3 × echo"),
        Bar("reply, p50", ours.replies.p50, 2 * floor.replies.p50, "ms", "2 × floor"),
        Bar("20 at once, last reply", ours.last_reply(20), 1.25 * floor.last_reply(20), "ms", "1.25 × floor"),
        Bar("slowest ack, 200 in flight, slow model", ours.slowest_ack, 1.0, "s", "1 s"),
        Bar("memory after the jokes", ours.memory, floor.memory + 35, "MiB", "floor + 35"),
        Bar("ready after a restart", ours.ready, floor.ready + 0.25, "s", "floor + 0.25"),
        Bar("ready for the first time", ours.first_ready, floor.first_ready + 0.25, "s", "floor + 0.25"),
    ]
