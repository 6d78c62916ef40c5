"""The simulation agrees with what is known about queues and with the formulas, and the plans hold what they promise."""

import numpy as np
import pytest

from benchmarks.scale import constants as known
from benchmarks.scale import formulas
from benchmarks.scale.constants import POSTGRES, SQLITE
from benchmarks.scale.formulas import FULL, Community, Plan
from benchmarks.scale.section import SIZES
from benchmarks.scale.simulation import Simulation
from benchmarks.scale.stations import Clock, Give, Station, Story, Take


@pytest.mark.parametrize("units", [1, 4])
def test_waits_are_those_that_the_theory_of_queues_names(units: int) -> None:
    station, clock, moments = Station(units), Clock(), np.random.default_rng(1)

    def customer() -> Story:
        yield Take(station)
        yield Give(station, 1.0)

    for _ in range(30_000):
        clock.begin(customer(), float(moments.uniform(0, 30_000 / (FULL * units))))
    clock.run(30_000 / (FULL * units))

    expected = formulas.mean_wait(FULL * units, units, 1.0)
    assert sum(station.waits) / len(station.waits) == pytest.approx(expected, rel=0.12)


def test_a_station_serves_in_the_order_of_arrival() -> None:
    station, clock, served = Station(1), Clock(), list[tuple[str, float]]()

    def customer(name: str) -> Story:
        yield Take(station)
        served.append((name, clock.now))
        yield Give(station, 2.0)

    for name, moment in (("first", 0.0), ("second", 0.5), ("third", 0.6), ("later", 9.0)):
        clock.begin(customer(name), moment)
    clock.run(20.0)

    assert served == [("first", 0.0), ("second", 2.0), ("third", 4.0), ("later", 9.0)]
    assert (station.busy, station.waits) == (8.0, [0.0, 1.5, 3.4, 0.0])


def test_one_process_waits_for_half_a_service_at_half_load() -> None:
    assert formulas.mean_wait(0.5, 1, 1.0) == pytest.approx(0.5)  # M/D/1
    assert formulas.mean_wait(1.0, 1, 1.0) == float("inf")


@pytest.mark.parametrize("servers", SIZES)
def test_a_plan_leaves_room_everywhere(servers: int) -> None:
    community = Community(servers)
    plan = formulas.plan(community)
    loads = [
        formulas.loop(community) / plan.processes,
        formulas.writing(community, plan.turns) / plan.processes,
        formulas.lock(community) if plan.turns is POSTGRES else 0,
        formulas.engine(community) / plan.engines,
        formulas.rest(community),
    ]
    assert max(loads) <= FULL
    assert plan.engines <= plan.processes * known.ON_ONE_MACHINE
    assert formulas.shards(community) <= plan.processes * community.shards_a_process


def test_up_to_what_discord_puts_on_one_shard_one_process_with_sqlite_does() -> None:
    assert formulas.plan(Community(2500)).turns is SQLITE
    assert formulas.plan(Community(2501)).turns is POSTGRES


def test_the_simulated_loads_are_those_of_the_formulas() -> None:
    community = Community(25_000)
    plan = formulas.plan(community)
    hour = Simulation(community, plan).run()
    assert hour.loop.load == pytest.approx(formulas.loop(community) / plan.processes, rel=0.03)
    assert hour.writing.load == pytest.approx(formulas.writing(community, plan.turns) / plan.processes, rel=0.03)
    assert hour.lock.load == pytest.approx(formulas.lock(community), rel=0.05)
    assert hour.engine.load == pytest.approx(formulas.engine(community) / plan.engines, rel=0.03)
    assert hour.engine.refused == 0


def test_the_same_seed_gives_the_same_hour() -> None:
    community, plan = Community(100), Plan(1, 1, SQLITE)
    assert Simulation(community, plan).run() == Simulation(community, plan).run()
    assert Simulation(community, plan, seed=2).run() != Simulation(community, plan).run()


def test_an_engine_that_is_asked_too_much_refuses_the_rest_and_lets_nobody_wait_much_longer_than_a_minute() -> None:
    community = Community(2 * round(formulas.end_of(formulas.engine) / FULL))
    hour = Simulation(community, Plan(1, 1, SQLITE)).run()
    assert hour.engine.refused == pytest.approx(0.5, abs=0.02)
    assert hour.engine.load == pytest.approx(1.0, abs=0.01)
    assert hour.engine.p99 < 1.1 * known.MAX_WAIT_SECONDS
