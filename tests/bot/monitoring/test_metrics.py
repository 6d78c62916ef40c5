"""The figures that Prometheus reads."""

import asyncio
import math
import subprocess
import sys

from bot.monitoring.health import GatewayState, State
from bot.monitoring.loop_lag import EVERY_SECONDS, measure_lag
from bot.monitoring.metrics import MAX_NAMES, Metrics
from bot.observer import EndedCommand, ModelCall
from bot.store.measures import Waiting
from bot.version import own_version
from tests.wire.process import ROOT

UP = GatewayState(ready=True, shards=2, latency_seconds={0: 0.04, 1: math.inf}, guilds=3, commands_under_way=1)
WELL = State(UP, Waiting(outbox_waiting=4, active_jobs=1), ())


def figures(metrics: Metrics, state: State = WELL) -> dict[str, float]:
    """Each sample by its name and labels."""
    lines = metrics.render(state).decode().splitlines()
    samples = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(value) for name, _, value in samples}


def test_commands_and_model_calls_are_counted_by_name_and_outcome() -> None:
    metrics = Metrics()
    for outcome in ("ok", "ok", "ServerBusyError"):
        metrics.command_ended(EndedCommand("joke", outcome, 0.3))
        metrics.model_called(ModelCall("luna", outcome, 0.2, 36, 12))
    found = figures(metrics)
    assert found['punchline_commands_total{command="joke",outcome="ok"}'] == 2
    assert found['punchline_commands_total{command="joke",outcome="ServerBusyError"}'] == 1
    assert found['punchline_command_seconds_bucket{command="joke",le="0.25"}'] == 0
    assert found['punchline_command_seconds_bucket{command="joke",le="0.5"}'] == 3
    assert found['punchline_model_calls_total{model="luna",outcome="ok"}'] == 2
    assert found['punchline_model_tokens_total{kind="prompt",model="luna",outcome="ok"}'] == 72
    assert found['punchline_model_tokens_total{kind="completion",model="luna",outcome="ServerBusyError"}'] == 12
    assert found['punchline_model_call_seconds_count{model="luna"}'] == 3


def test_the_state_of_the_moment_is_shown() -> None:
    found = figures(Metrics())
    names = (
        "healthy",
        "database_up",
        "outbox_waiting",
        "active_jobs",
        "commands_under_way",
        "guilds",
        "shards",
        "shards_up",
    )
    assert {name: found[f"punchline_{name}"] for name in names} == dict(
        zip(names, (1, 1, 4, 1, 1, 3, 2, 2), strict=True)
    )
    assert found['punchline_gateway_latency_seconds{shard="0"}'] == 0.04
    assert math.isnan(found['punchline_gateway_latency_seconds{shard="1"}'])
    assert any(f'version="{own_version()}"' in name for name in found if name.startswith("punchline_build_info"))


def test_without_a_database_what_waits_is_not_known_and_a_shard_that_went_is_gone() -> None:
    metrics = Metrics()
    figures(metrics)
    down = GatewayState(ready=True, shards=2, latency_seconds={0: 0.04}, guilds=3, commands_under_way=0)
    found = figures(metrics, State(down, None, ("The database is away.",)))
    assert (found["punchline_healthy"], found["punchline_database_up"]) == (0, 0)
    assert math.isnan(found["punchline_outbox_waiting"])
    assert 'punchline_gateway_latency_seconds{shard="1"}' not in found


def test_a_label_never_has_values_without_end() -> None:
    metrics = Metrics()
    for number in range(MAX_NAMES + 50):
        metrics.command_ended(EndedCommand(f"c{number}", "ok", 0.1))
    found = figures(metrics)
    assert found['punchline_commands_total{command="other",outcome="ok"}'] == 50
    assert sum(name.startswith("punchline_commands_total") for name in found) == MAX_NAMES + 1


async def test_the_lag_is_what_the_loop_comes_back_too_late() -> None:
    seen: list[float] = []
    now = iter([0.0, EVERY_SECONDS + 0.2, 10.0, 10.0 + EVERY_SECONDS])

    async def sleep(seconds: float) -> None:
        if len(seen) == 2:
            raise asyncio.CancelledError

    task = asyncio.create_task(measure_lag(seen.append, sleep, lambda: next(now, 0.0)))
    await asyncio.wait([task])
    assert [round(seconds, 6) for seconds in seen] == [0.2, 0.0]


def test_a_bot_without_metrics_does_not_need_the_package() -> None:
    code = "import sys, bot.command_line; print('prometheus_client' in sys.modules)"
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)  # noqa: S603  # our own code
    assert asked.stdout == "False\n"
