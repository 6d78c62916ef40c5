"""What was measured of smollm2-135m while it serves, and the report on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.measured import Bar
from benchmarks.report import table
from benchmarks.rounds import Spread

STARTS, JOKES_ASKED, BLOCKS = 5, 25, 4
ANSWERS, AT_ONCE, ANSWER_TOKENS, TURNS = 8, 8, 100, 3
MODELS, TIMES_ROUND = 20, 3
ONE_DRAW, BEST_OF_THREE = "one draw", "best of three"


@dataclass
class Served:
    """Seconds; tokens a second, alone and at once; MiB by process."""

    starts: list[float] = field(default_factory=list)
    bare: list[tuple[float, float]] = field(default_factory=list)
    served: list[tuple[float, float]] = field(default_factory=list)
    jokes: dict[str, list[float]] = field(default_factory=dict)
    beside_training: list[float] = field(default_factory=list)
    memory: Mapping[str, float] = field(default_factory=dict)
    first_use: list[float] = field(default_factory=list)
    in_turn: list[float] = field(default_factory=list)


def report_of(results: Served) -> str:
    return "\n\n".join(
        [
            INTRODUCTION,
            "### What is promised",
            table(
                ["promise", "measured", "bar", "which is", "share of the bar", "verdict"],
                (bar.row() for bar in _bars(results)),
            ),
            "### /joke, from the command to the joke (ms)",
            table(["", "p50", "p95", "p99"], [[name, *Spread.of(took).cells()] for name, took in _timed(results)]),
            f"### Tokens a second (median of {TURNS} turns)",
            table(
                ["", "alone", f"{AT_ONCE} at once"],
                [_rates("bare xllamacpp", results.bare), _rates("engine", results.served)],
            ),
            "### Memory while serving (MiB)",
            table(["process", "RSS"], [[name, f"{size:.0f}"] for name, size in results.memory.items()]),
        ]
    )


def _bars(results: Served) -> list[Bar]:
    one, best = (Spread.of(results.jokes[name]) for name in (ONE_DRAW, BEST_OF_THREE))
    training, turns = Spread.of(results.beside_training), Spread.of(results.in_turn)
    alone, at_once = (median(rates) for rates in zip(*results.served, strict=True))
    bare_alone, bare_at_once = (median(rates) for rates in zip(*results.bare, strict=True))
    return [
        Bar("/joke, one draw, p50", one.p50, 500, "ms", "0.5 s"),
        Bar("/joke, one draw, p95", one.p95, 1000, "ms", "1 s"),
        Bar("/joke, best of three, p50", best.p50, 900, "ms", "0.9 s"),
        Bar("/joke, best of three, p95", best.p95, 1500, "ms", "1.5 s"),
        Bar("/joke beside a training, p95", training.p95, 2.5 * best.p95, "ms", "2.5 × idle"),
        Bar("a token, alone", 1000 / alone, 1000 / bare_alone / 0.8, "ms", "bare / 0.8"),
        Bar(f"a token, {AT_ONCE} at once", 1000 / at_once, 1000 / bare_at_once / 0.8, "ms", "bare / 0.8"),
        Bar("engine ready, second start", median(results.starts), 2.5, "s", "2.5 s"),
        Bar("memory of engine and model", sum(results.memory.values()), 550, "MiB", "550 MiB"),
        Bar(f"{MODELS} models in turn, p95 after the first use", turns.p95, 1000, "ms", "1 s"),
    ]


def _timed(results: Served) -> Sequence[tuple[str, list[float]]]:
    return [
        *results.jokes.items(),
        ("best of three, while a model is tuned", results.beside_training),
        (f"{MODELS} models, one draw by HTTP, first use", results.first_use),
        (f"{MODELS} models in turn, by HTTP", results.in_turn),
    ]


def _rates(name: str, rates: Sequence[tuple[float, float]]) -> list[str]:
    return [name, *(f"{median(column):.0f}" for column in zip(*rates, strict=True))]


INTRODUCTION = f"""The bot has tuned smollm2-135m on the 72 shipped jokes by the way that an admin goes. Loopback Discord, bot and engine are processes of
their own on this machine. Each joke is on a scenario of its own, one at a time, {JOKES_ASKED} in each of {BLOCKS} turns; *one draw* is the same bot with best-of-three
turned off. Bare xllamacpp is the package's own server object in a process of its own with the same adapter; both write {ANSWERS} answers of at most
{ANSWER_TOKENS} tokens. {MODELS} models are the checkpoints of one job, each with an adapter of its own. Memory is read after the jokes."""
