"""Messages follow the rows at the pace that Discord takes."""

import pytest

from bot.app import App
from bot.finetuning.display import Display, Shown
from bot.store.jobs import Job, JobStore
from tests.bot.parts import CHANNEL, START, StillClock, launch


class Screen:
    """Takes every message unless it is off."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.tries = 0
        self.off = False

    async def __call__(self, job: Job) -> Shown | None:
        self.tries += 1
        if self.off:
            return None
        self.shown.append(job.status)
        return Shown(CHANNEL, 9)


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def display(app: App, clock: StillClock, screen: Screen) -> Display:
    display = Display(JobStore(app.database), clock)
    display.announcer = screen
    return display


async def test_edits_come_at_most_every_three_seconds(
    app: App, display: Display, screen: Screen, clock: StillClock
) -> None:
    job = await launch(app)
    await display.round()
    for step in (1, 2, 3):
        await JobStore(app.database).update(job.id, status="running", step=step)
        await display.round()
    assert screen.shown == ["pending"]
    clock.advance(seconds=3)
    await display.round()
    assert screen.shown == ["pending", "running"]


async def test_the_end_is_shown_at_once(app: App, display: Display, screen: Screen) -> None:
    job = await launch(app)
    await display.round()
    await JobStore(app.database).update(job.id, status="succeeded")
    await display.round()
    assert screen.shown == ["pending", "succeeded"]
    assert (await JobStore(app.database).by_id(job.id)).notified_at == START


async def test_a_channel_that_refuses_is_asked_ever_more_rarely_and_then_told(
    app: App, display: Display, screen: Screen, clock: StillClock
) -> None:
    await launch(app)
    screen.off = True
    for _ in range(3600):
        await display.round()
        clock.advance(seconds=1)
    assert screen.tries <= 12
    screen.off = False
    clock.advance(hours=1)
    await display.round()
    assert screen.shown == ["pending"]
