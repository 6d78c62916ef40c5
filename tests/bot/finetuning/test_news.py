"""When to look at a job again, and what of an answer to believe."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app import App
from bot.finetuning.news import FASTEST, SLOWEST, SLOWEST_AFTER_FAILURE, next_check, next_try, progress
from bot.remote import RemoteEvent
from tests.bot.parts import START, launch


async def test_what_moves_is_watched_closely_and_what_rests_ever_more_calmly(app: App) -> None:
    job, now, pauses = await launch(app), START, []
    for _ in range(12):
        due = next_check(job, now, moved=False)
        pauses.append((due - now).total_seconds())
        job = replace(job, checked_at=now, next_check_at=due)
        now = due
    assert pauses[:4] == [2, 3, 4.5, 6.75]
    assert pauses[-1] == SLOWEST.total_seconds()
    assert next_check(job, now, moved=True) == now + FASTEST


@given(failures=st.integers(1, 10_000))
def test_after_failures_it_waits_longer_but_never_gives_up(failures: int) -> None:
    assert FASTEST < next_try(failures, START) - START <= SLOWEST_AFTER_FAILURE
    assert next_try(failures + 1, START) >= next_try(failures, START)


@pytest.mark.parametrize("loss", [float("nan"), float("inf"), "low", None])
def test_a_loss_that_is_no_number_is_not_shown(loss: object) -> None:
    event = RemoteEvent("e1", START, "info", "metrics", "", {"step": 3, "total_steps": 9, "train_loss": loss})
    assert progress([event]) == {"event_cursor": "e1", "step": 3, "total_steps": 9, "train_loss": None}


def test_a_negative_loss_is_taken_as_the_server_says_it() -> None:
    event = RemoteEvent(
        "e1", START + timedelta(1), "info", "metrics", "", {"step": 0, "train_loss": -0.5, "valid_loss": -1}
    )
    assert progress([event]) == {"event_cursor": "e1", "step": 0, "train_loss": -0.5, "valid_loss": -1.0}
