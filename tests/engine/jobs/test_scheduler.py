"""Whose turn it is, and what the terminal shows."""

import io

import pytest

from engine.jobs.progress_bar import ProgressBar
from engine.jobs.scheduler import Scheduler
from engine.protocol.objects import StoredJob


def job(name: str, owner: str) -> StoredJob:
    return StoredJob.model_construct(id=name, owner=owner)


def test_keys_take_turns_and_each_keys_own_jobs_keep_their_order() -> None:
    scheduler = Scheduler()
    waiting = [job("a1", "a"), job("a2", "a"), job("a3", "a"), job("b1", "b"), job("c1", "c")]
    order = []
    while waiting:
        chosen = scheduler.next(waiting, [])
        assert chosen is not None
        order.append(chosen.id)
        waiting.remove(chosen)
    assert order == ["a1", "b1", "c1", "a2", "a3"]
    assert scheduler.next([], []) is None


def test_who_has_nothing_running_comes_first() -> None:
    chosen = Scheduler().next([job("a1", "a"), job("b1", "b")], ["a"])
    assert chosen is not None
    assert chosen.id == "b1"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("stream", "shown"), [(Terminal(), True), (io.StringIO(), False)])
def test_a_bar_is_drawn_in_a_terminal_only(stream: io.StringIO, shown: bool) -> None:
    bar = ProgressBar(stream)
    bar.show("ftjob-1", {"step": 15, "total_steps": 30, "train_loss": 0.5, "valid_loss": 0.75})
    bar.end()
    drawn = "\r\x1b[Kftjob-1 " + "█" * 15 + "░" * 15 + " 15/30, loss 0.500, validation 0.750\n"
    assert stream.getvalue() == (drawn if shown else "")
