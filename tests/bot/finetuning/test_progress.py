"""When to look at a job again, and what of an answer to believe."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.app import App
from bot.finetuning.progress import (
    LATEST_AFTER_FAILURE,
    LATEST_CHECK,
    LATEST_CLEAN_UP,
    SOONEST_CHECK,
    next_check,
    next_try,
    updated,
)
from bot.model_server.jobs import RemoteEvent, parse_job
from bot.store.jobs import Job
from tests.bot.parts import START, launch


async def test_what_moves_is_watched_closely_and_what_rests_ever_more_calmly(app: App) -> None:
    job, now, pauses = await launch(app), START, []
    for _ in range(12):
        due = next_check(job, now, moved=False)
        pauses.append((due - now).total_seconds())
        job = replace(job, checked_at=now, next_check_at=due)
        now = due
    assert pauses[:4] == [2, 3, 4.5, 6.75]
    assert pauses[-1] == LATEST_CHECK.total_seconds()
    assert next_check(job, now, moved=True) == now + SOONEST_CHECK


@pytest.mark.parametrize(("status", "longest"), [("running", LATEST_AFTER_FAILURE), ("failed", LATEST_CLEAN_UP)])
async def test_after_failures_it_waits_longer_but_never_gives_up(app: App, status: str, longest: timedelta) -> None:
    job = replace(await launch(app), status=status)
    pauses = [next_try(job, failures, START) - START for failures in (*range(1, 30), 10_000)]
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (2 * SOONEST_CHECK, longest)


def event(**data: object) -> RemoteEvent:
    return RemoteEvent("e1", START, "info", "metrics", "", data)


async def after(app: App, *events: RemoteEvent) -> Job:
    remote = parse_job({"id": "ftjob-1", "status": "running"})
    return updated(await launch(app), remote, events, START)


@pytest.mark.parametrize("loss", [float("nan"), float("inf"), "low", None])
async def test_a_loss_that_is_no_number_is_not_shown(app: App, loss: object) -> None:
    job = await after(app, event(step=3, total_steps=9, train_loss=loss))
    assert (job.event_cursor, job.step, job.total_steps, job.train_loss) == ("e1", 3, 9, None)


async def test_a_negative_loss_is_taken_as_the_server_says_it(app: App) -> None:
    job = await after(app, event(step=0, train_loss=-0.5, valid_loss=-1))
    assert (job.step, job.train_loss, job.valid_loss) == (0, -0.5, -1.0)


async def test_a_validation_loss_stays_until_there_is_a_newer_one(app: App) -> None:
    job = await after(app, event(step=1, valid_loss=2.0), event(step=2, train_loss=1.0))
    assert (job.step, job.train_loss, job.valid_loss) == (2, 1.0, 2.0)
