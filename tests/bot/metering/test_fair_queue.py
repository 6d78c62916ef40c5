"""The queue for the model server: members take turns, and a wait that would be too long is refused at once."""

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import LimitError
from bot.metering.fair_queue import MAX_WAITING, FairQueue


class Monotonic:
    """Seconds that pass when a test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


async def let_run() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


class Line:
    """A queue with one place, which is taken until `serve` gives it to the next."""

    def __init__(self, size: int = 1) -> None:
        self.clock = Monotonic()
        self.queue = FairQueue(size, self.clock)
        self.served: list[str] = []
        self.at_once = 0
        self.most_at_once = 0
        self._done = asyncio.Semaphore(0)

    def ask(self, member: str, *, patient: bool = False) -> asyncio.Task[None]:
        return asyncio.create_task(self._ask(member, patient=patient))

    async def _ask(self, member: str, *, patient: bool) -> None:
        async with self.queue.turn(member, patient=patient):
            self.served.append(member)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            try:
                await self._done.acquire()
            finally:
                self.at_once -= 1

    async def serve(self, seconds: float = 1.0) -> None:
        """The request that has the turn is answered after so long."""
        self.clock.now += seconds
        self._done.release()
        await let_run()


async def test_a_member_with_many_requests_delays_nobody_else() -> None:
    line = Line()
    tasks = [line.ask("Ann") for _ in range(4)]
    await let_run()
    tasks += [line.ask("Bob"), line.ask("Cay")]
    await let_run()
    for _ in tasks:
        await line.serve()
    assert line.served == ["Ann", "Ann", "Bob", "Cay", "Ann", "Ann"]
    assert (line.most_at_once, line.queue.waiting) == (1, 0)


async def test_a_wait_that_would_be_too_long_is_refused_at_once_with_its_length() -> None:
    line = Line()
    tasks = [line.ask("first")]
    await let_run()
    await line.serve(20)
    tasks += [line.ask(f"member {number}") for number in range(4)]
    await let_run()
    with pytest.raises(LimitError) as raised:
        await line.ask("late")
    assert str(raised.value) == "The model server is busy: your turn would come in about 80 seconds. Try again then."
    patient = line.ask("a report", patient=True)
    await let_run()
    for _ in range(5):
        await line.serve(1)
    assert patient.done()


async def test_no_more_wait_than_can_be_kept() -> None:
    line = Line()
    tasks = [line.ask("Ann") for _ in range(MAX_WAITING + 1)]
    await let_run()
    with pytest.raises(LimitError) as raised:
        await line.ask("Bob")
    assert str(raised.value) == "The model server is busy, and too many requests wait for it. Try again in a minute."
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.booleans()), max_size=12), st.integers(1, 3))
def test_whoever_gives_up_leaves_no_turn_behind(members: list[tuple[str, bool]], size: int) -> None:
    async def story() -> None:
        line = Line(size)
        tasks = [(line.ask(member), stays) for member, stays in members]
        await let_run()
        for task, stays in tasks:
            if not stays:
                task.cancel()
        await let_run()
        while line.at_once:
            await line.serve()
        assert all(task.done() for task, _ in tasks)
        stayed = Counter(member for member, stays in members if stays)
        assert not stayed - Counter(line.served)
        assert line.most_at_once <= size
        free = [line.ask(f"after {number}") for number in range(size)]
        await let_run()
        assert line.at_once == size, "all places are free again"
        for task in free:
            task.cancel()
        await asyncio.gather(*free, return_exceptions=True)

    asyncio.run(story())
