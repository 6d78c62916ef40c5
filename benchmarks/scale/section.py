"""The section of docs/benchmarks.md: what is simulated, and the tables."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import partial

from benchmarks.report import table
from benchmarks.scale import constants as known
from benchmarks.scale import formulas
from benchmarks.scale.constants import POSTGRES, SQLITE
from benchmarks.scale.formulas import FULL, Community, Plan
from benchmarks.scale.needs import GB, needs
from benchmarks.scale.simulation import SECONDS, SEED, Hour, Seen, Simulation

TITLE = "From one server to 250,000, simulated"
SIZES = (1, 100, 2500, 25_000, 250_000)
CROWDS = (0.5, 0.7, 0.9, 1.0, 1.5)
ANY = 10**6  # requests at once, where the queue is not what is looked at


@dataclass(frozen=True)
class Result:
    """Hours by size; hours at which a component is FULL, by its name; and hours of one engine by its load."""

    sizes: dict[int, Hour]
    ends: dict[str, Hour]
    crowds: dict[float, Hour]


@dataclass(frozen=True)
class End:
    """A component: what it is one of, its load, where the simulation shows it, and what alone is left single there (None: not simulated)."""

    what: str
    load: Callable[[Community], float]
    seen: Callable[[Hour], Seen]
    single: Callable[[Plan], Plan] | None


def _one_process(plan: Plan) -> Plan:
    return replace(plan, processes=1, turns=POSTGRES, at_once=ANY)


ENDS = (
    End("one engine of two cores", formulas.engine, lambda hour: hour.engine, lambda plan: replace(plan, engines=1)),
    End(
        f"{known.ON_ONE_MACHINE} requests at once of one process to engines",
        lambda community: formulas.engine(community) / known.ON_ONE_MACHINE,
        lambda hour: hour.engine,
        lambda plan: replace(plan, processes=1, engines=ANY),
    ),
    End("one engine that hands its chats on", formulas.handing_on, lambda hour: hour.engine, None),
    End("one process: turns on PostgreSQL", partial(formulas.writing, turns=POSTGRES), lambda hour: hour.writing, _one_process),
    End("one process: event loop", formulas.loop, lambda hour: hour.loop, _one_process),
    End("all processes: PostgreSQL's lock", formulas.lock, lambda hour: hour.lock, lambda plan: plan),
    End("Discord's 50 requests a second", formulas.rest, lambda hour: hour.rest, lambda plan: plan),
    End("one process: turns on SQLite", partial(formulas.writing, turns=SQLITE), lambda hour: hour.writing, None),
)  # fmt: skip


async def measure() -> Result:
    """The simulations, which take some seconds and wait for nothing."""
    sizes = {size: Simulation(Community(size), formulas.plan(Community(size))).run() for size in SIZES}
    ends = {end.what: _run_end(end, end.single) for end in ENDS if end.single}
    one = formulas.end_of(formulas.engine) / FULL
    crowds = {load: Simulation(Community(round(one * load)), Plan(1, 1, SQLITE)).run() for load in CROWDS}
    return Result(sizes, ends, crowds)


def _run_end(end: End, single: Callable[[Plan], Plan]) -> Hour:
    community = Community(formulas.end_of(end.load))
    return Simulation(community, single(formulas.plan(community))).run(at_least=SECONDS / 5)


def render(result: Result) -> str:
    """The assumptions, the sizes, the ends, one engine under more and more members, and what a month and a year need."""
    parts = [
        INTRODUCTION,
        "### Assumed of members",
        table(["what", "value"], [[one.metadata["what"], f"{one.default:g}"] for one in fields(Community)[1:]]),
        "### The busy hour: formula / simulation",
        table(SIZES_HEAD, [row for size, hour in result.sizes.items() for row in _rows(size, hour)]),
        f"### Where one of each is at {FULL:.0%}",
        table(["one", "servers, by formula", "simulated there"], [_end(end, result.ends) for end in ENDS]),
        "### One engine, and ever more members",
        table(CROWDS_HEAD, [_crowd(load, hour) for load, hour in result.crowds.items()]),
        "### What it needs",
        table(NEEDS_HEAD, [_needs(size) for size in SIZES]),
    ]
    return "\n\n".join(parts)


SIZES_HEAD = ["servers", "station", "units", "load", "busiest unit", "mean wait (ms)", "wait p50 (ms)", "p99 (ms)"]
CROWDS_HEAD = ["load that comes", "wait for the engine p50 (s)", "p99 (s)", "refused"]
NEEDS_HEAD = [
    "servers", "commands a second", "shards", "start (min)", "processes", "memory of one (MiB)", "connections", "engines", "requests a year (million)", "ledger (GB a year)",
    "with answers (GB)", "rewriting (s)", "vectors (GB)", "embedding, once (h)", "training (h a month)", "answers at gpt-6-luna ($ a month)",
]  # fmt: skip


def _rows(size: int, hour: Hour) -> list[list[str]]:
    community = Community(size)
    plan = formulas.plan(community)
    each = plan.processes
    turn = formulas.writing(community, plan.turns) / each
    rows = [
        _row("event loop", each, formulas.loop(community) / each, None, hour.loop),
        _row(f"turns, {plan.turns.name}", each, turn, None, hour.writing),
        _row("engines", plan.engines, formulas.engine(community) / plan.engines, known.ENGINE_SECONDS, hour.engine),
        _row("Discord's REST", 1, formulas.rest(community), 1 / known.REST_A_SECOND, hour.rest),
    ]
    if plan.turns.locked_trips:
        rows.insert(2, _row("lock", 1, formulas.lock(community), POSTGRES.locked(community.trip), hour.lock))
    return [[f"{size:,}" if place == 0 else "", *row] for place, row in enumerate(rows)]


def _row(name: str, units: int, load: float, seconds: float | None, seen: Seen) -> list[str]:
    """`seconds` is what each takes, where all take about the same; only then is there a formula for the wait."""
    wait = f"{1000 * formulas.mean_wait(load * units, units, seconds):.2f} / " if seconds else ""
    loads = f"{load:.2%} / {seen.load:.2%}"
    waits = [f"{wait}{1000 * seen.mean:.2f}", f"{1000 * seen.p50:.1f}", f"{1000 * seen.p99:.1f}"]
    return [name, f"{units}", loads, f"{seen.busiest:.1%}", *waits]


def _end(end: End, hours: dict[str, Hour]) -> list[str]:
    hour = hours.get(end.what)
    return [end.what, f"{formulas.end_of(end.load):,}", f"{end.seen(hour).load:.1%}" if hour else "–"]


def _crowd(load: float, hour: Hour) -> list[str]:
    return [f"{load:.0%}", f"{hour.engine.p50:.1f}", f"{hour.engine.p99:.1f}", f"{hour.engine.refused:.1%}"]


def _needs(size: int) -> list[str]:
    community = Community(size)
    plan = formulas.plan(community)
    need = needs(community, plan)
    counts = [
        f"{need.shards:,}",
        f"{need.start_minutes:.1f}",
        f"{plan.processes}",
        f"{need.process_mib:,.0f}",
        f"{need.connections}",
        f"{plan.engines}",
    ]
    rewriting = "not measured" if need.rewriting_seconds is None else f"{need.rewriting_seconds:.3g}"
    data = [f"{value:,.4g}" for value in (need.rows / 1e6, need.ledger_bytes / GB, need.answer_bytes / GB)]
    work = [need.vector_bytes / GB, need.embedding_hours, need.training_hours, need.dollars]
    return [f"{size:,}", f"{community.rate:.4g}", *counts, *data, rewriting, *(f"{value:,.4g}" for value in work)]


INTRODUCTION = f"""Nothing here was measured at these sizes. Times come from the sections above (`benchmarks/scale/constants.py` names the source of each), behaviour of members is
assumed, and a simulation of the busy hour (seed {SEED}) checks the formulas: commands come at random, to servers of very different size; each takes its process's event loop, its turns to
write, PostgreSQL's lock where its server has a budget, and an engine; whoever would wait more than {known.MAX_WAIT_SECONDS:.0f} s for the engine is refused. So many processes and engines run as
keep each below {FULL:.0%} by the formulas: one process with SQLite up to {known.SERVERS_A_SHARD:,} servers, then PostgreSQL. An engine is smollm2-135m on two cores, best of three."""
