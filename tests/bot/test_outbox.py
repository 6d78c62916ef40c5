"""The outbox: whatever the bot owes Discord arrives once, in order, as soon as Discord takes it, whatever happens between."""

import asyncio
from datetime import timedelta

import pytest

from bot.app import App
from bot.outbox import BETWEEN_EDITS, FIRST_PAUSE, LONGEST_PAUSE, MAX_AGE, Delivered, NotDelivered, Outbox
from bot.store.outbox import Delivery, Kind, OutboxStore
from tests.bot.parts import ADMIN, CHANNEL, GUILD, OTHER_GUILD, START, StillClock, change_job, launch, waiting


class Channels:
    """A Discord that takes messages, but not into closed channels."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, int, int]] = []  # subject, channel, message
        self.nonces: list[str] = []
        self.closed: set[int] = set()
        self.outcome: NotDelivered | Exception | None = None
        self.heard = asyncio.Event()

    async def __call__(self, delivery: Delivery) -> Delivered | NotDelivered:
        self.nonces.append(delivery.nonce)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        if self.outcome is not None:
            return self.outcome
        for channel_id in delivery.channels:
            if channel_id not in self.closed:
                message_id = delivery.message_id or 1000 + len(self.sent)
                self.sent.append((delivery.subject, channel_id, message_id))
                self.heard.set()
                return Delivered(channel_id, message_id)
        return NotDelivered.REFUSED


@pytest.fixture
def channels() -> Channels:
    return Channels()


@pytest.fixture
def outbox(app: App, channels: Channels, clock: StillClock) -> Outbox:
    return Outbox(app.database, channels, clock)


@pytest.fixture
def store(app: App) -> OutboxStore:
    return OutboxStore(app.database)


async def choose(app: App, guild_id: int, channel_id: int | None) -> None:
    await app.guild_settings.set_admin_channel(guild_id, ADMIN, channel_id)


async def test_a_notice_is_sent_once_and_its_key_is_spent(
    app: App, outbox: Outbox, store: OutboxStore, channels: Channels
) -> None:
    await choose(app, GUILD, 1)
    assert await store.add_notice(GUILD, "key", lambda: "It is gone.", now=START)
    assert not await store.add_notice(GUILD, "key", lambda: "It is still gone.", now=START)
    assert await store.add_notice(OTHER_GUILD, "key", lambda: "It is gone.", now=START)
    for _ in range(2):
        await outbox.round()
    assert [(subject, channel) for subject, channel, _ in channels.sent] == [("key", 1)]
    assert not await store.add_notice(GUILD, "key", lambda: "It is gone.", now=START)
    assert [delivery.guild_id for delivery in await waiting(app)] == [OTHER_GUILD]


async def test_it_belongs_into_the_admins_channel_else_to_the_newest_job_else_nowhere_yet(
    app: App, store: OutboxStore
) -> None:
    async def places() -> tuple[int, ...]:
        return next(delivery.channels for delivery in await waiting(app) if delivery.kind is Kind.NOTICE)

    await store.add_notice(GUILD, "key", lambda: "text", now=START)
    await launch(app, guild_id=OTHER_GUILD)
    assert await places() == ()
    await launch(app)
    assert await places() == (CHANNEL,)
    await choose(app, GUILD, 77)
    assert await places() == (77,)
    await choose(app, GUILD, None)
    assert await places() == (CHANNEL,)


async def test_a_job_goes_to_its_channel_and_where_that_is_closed_to_the_admins(
    app: App, outbox: Outbox, channels: Channels
) -> None:
    await choose(app, GUILD, 77)
    job = await launch(app)
    channels.closed = {CHANNEL}
    await outbox.round()
    assert channels.sent == [(str(job.id), 77, 1000)]


async def test_changes_are_edits_of_one_message_with_a_pause_between_and_none_before_the_end(
    app: App, outbox: Outbox, channels: Channels, clock: StillClock
) -> None:
    job = await launch(app, message_id=7)
    await outbox.round()
    await change_job(app, job, status="running", step=1)
    await outbox.round()
    assert len(channels.sent) == 1
    clock.advance(seconds=BETWEEN_EDITS.total_seconds())
    await outbox.round()
    await change_job(app, job, status="failed")
    await outbox.round()
    assert channels.sent == [("1", CHANNEL, 7)] * 3


async def test_a_change_while_it_is_being_shown_is_shown_too(app: App, clock: StillClock) -> None:
    job = await launch(app)

    async def change_meanwhile(delivery: Delivery) -> Delivered:
        if delivery.revision == 1:
            await change_job(app, job, status="running")
        return Delivered(CHANNEL, 5)

    outbox = Outbox(app.database, change_meanwhile, clock)
    await outbox.round()
    (left,) = await waiting(app)
    assert (left.revision, left.message_id) == (2, 5)


@pytest.mark.parametrize("outcome", [NotDelivered.REFUSED, NotDelivered.LATER, RuntimeError("a bug")])
async def test_what_is_not_taken_waits_ever_longer_up_to_a_limit_and_is_sent_under_the_same_nonce(
    app: App, outbox: Outbox, channels: Channels, clock: StillClock, outcome: NotDelivered | Exception
) -> None:
    await launch(app)
    channels.outcome = outcome
    pauses = []
    for _ in range(12):
        await outbox.round()
        due = (await OutboxStore(app.database).next_attempts(START)).get(GUILD)
        assert due is not None
        pauses.append(due - clock.now)
        clock.now = due
    assert pauses[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert pauses[-1] == LONGEST_PAUSE
    channels.outcome = None
    await outbox.round()
    assert len(channels.sent) == 1
    assert set(channels.nonces) == {"1-0"}


async def test_a_new_message_in_place_of_a_deleted_one_has_a_nonce_of_its_own(
    app: App, channels: Channels, clock: StillClock
) -> None:
    job = await launch(app)
    numbers = iter((5, 6))

    async def always_new(delivery: Delivery) -> Delivered:
        channels.nonces.append(delivery.nonce)
        return Delivered(CHANNEL, next(numbers))

    outbox = Outbox(app.database, always_new, clock)
    await outbox.round()
    await change_job(app, job, status="failed")
    await outbox.round()
    assert channels.nonces == ["1-0", "1-1"]


async def test_one_that_fails_keeps_nobody_waiting(app: App, outbox: Outbox, channels: Channels) -> None:
    await launch(app)
    theirs = await launch(app, guild_id=OTHER_GUILD)
    channels.closed = {CHANNEL}
    await choose(app, OTHER_GUILD, 2)
    await outbox.round()
    assert [(subject, channel) for subject, channel, _ in channels.sent] == [(str(theirs.id), 2)]


async def test_a_newly_chosen_channel_is_tried_at_once(app: App, outbox: Outbox, channels: Channels) -> None:
    await launch(app)
    channels.closed = {CHANNEL}
    await outbox.round()
    await choose(app, GUILD, 3)
    await outbox.round()
    assert [channel for _, channel, _ in channels.sent] == [3]


async def test_nobody_waits_for_what_is_older_than_two_weeks(
    app: App, outbox: Outbox, channels: Channels, clock: StillClock
) -> None:
    await launch(app)
    clock.advance(seconds=(MAX_AGE + timedelta(seconds=1)).total_seconds())
    await outbox.round()
    assert channels.nonces == []


async def test_what_has_nothing_left_to_show_is_dropped(app: App, outbox: Outbox, channels: Channels) -> None:
    await launch(app)
    channels.outcome = NotDelivered.GONE
    await outbox.round()
    assert await waiting(app) == []


async def test_an_outcome_that_cannot_be_written_down_is_raised_so_that_discord_is_not_asked_again_at_once(
    app: App, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    await launch(app)

    async def full(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(OutboxStore, "delivered", full)
    with pytest.raises(OSError, match="disk full"):
        await outbox.round()


async def test_in_the_background_whatever_is_added_is_sent_without_waiting(
    app: App, outbox: Outbox, store: OutboxStore, channels: Channels
) -> None:
    await choose(app, GUILD, 1)
    await store.add_notice(GUILD, "before it ran", lambda: "text", now=START)
    async with outbox.running(), asyncio.timeout(10):
        for key in ("first", "second"):
            await channels.heard.wait()
            channels.heard.clear()
            await store.add_notice(GUILD, key, lambda: "text", now=START)
        await channels.heard.wait()
    assert [subject for subject, _, _ in channels.sent] == ["before it ran", "first", "second"]
