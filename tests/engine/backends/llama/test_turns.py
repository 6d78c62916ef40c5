"""Adapters take turns: nobody waits for those who came later."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from engine.backends.llama.turns import Turns


class Request:
    """A request in a thread of its own, which answers once it is told to."""

    def __init__(self, turns: Turns, adapter: str, log: list[str]) -> None:
        self.entered, self.dropped, self._end = threading.Event(), threading.Event(), threading.Event()
        self._turns, self._adapter, self._log = turns, adapter, log
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        with self._turns.of(self._adapter, self.dropped.is_set) as admitted:
            if admitted:
                self._log.append(self._adapter)
                self.entered.set()
                self._end.wait(10)

    def finish(self) -> None:
        self._end.set()
        self._thread.join(10)


@contextmanager
def asked(turns: Turns, log: list[str], *adapters: str) -> Iterator[list[Request]]:
    """Requests in this order, each one waiting or let in before the next comes."""
    with ExitStack() as stack:
        requests = []
        for number, adapter in enumerate(adapters, 1):
            requests.append(request := Request(turns, adapter, log))
            stack.callback(request.finish)
            while len(turns._waiting) + len(log) < number:
                threading.Event().wait(0.001)
        yield requests


def test_one_adapters_requests_go_together() -> None:
    log: list[str] = []
    with asked(Turns(), log, "a", "a", "a"):
        assert log == ["a", "a", "a"]


def test_another_adapter_waits_for_those_before_it_and_for_no_later_one() -> None:
    log: list[str] = []
    with asked(Turns(), log, "a", "b", "a") as (first, second, third):
        assert log == ["a"]
        first.finish()
        assert second.entered.wait(10)
        assert not third.entered.is_set()
        second.finish()
        assert third.entered.wait(10)
    assert log == ["a", "b", "a"]


def test_a_request_that_is_dropped_while_it_waits_leaves_the_queue() -> None:
    log: list[str] = []
    with asked(Turns(), log, "a", "b", "a") as (_, second, third):
        second.dropped.set()
        assert third.entered.wait(10)
    assert log == ["a", "a"]
