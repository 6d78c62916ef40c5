"""Jobs: one active a server, one a quote, and a revision that whoever shows them can rely on."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.remote import RemoteEvent
from bot.store.database import Database
from bot.store.datasets import DatasetStore, NewDataset
from bot.store.jobs import Job, JobStore
from bot.store.quotes import Quote, QuoteStore, Terms
from tests.bot.parts import ADMIN, CHANNEL, GUILD, MEMBER, OTHER_GUILD, START

EVENT = RemoteEvent("ftevent-1", START, "info", "metrics", "Step 1/9", {"step": 1, "train_loss": 2.5})


@pytest.fixture
def jobs(database: Database) -> JobStore:
    return JobStore(database)


async def quoted(database: Database, guild_id: int = GUILD) -> Quote:
    dataset = NewDataset(guild_id, "jokes", "0" * 64, 2048, 60, 3000, ADMIN, START)
    kept = await DatasetStore(database).add(dataset) or await DatasetStore(database).get(guild_id, "jokes")
    assert kept is not None
    terms = Terms(guild_id, CHANNEL, kept.id, "practice-1", None, "puns", 9000, 0, ADMIN, START)
    return await QuoteStore(database).add(terms)


async def added(jobs: JobStore, quote: Quote, launch_id: str = "launch-1") -> Job:
    job = await jobs.add(quote, launch_id=launch_id, message_id=7, created_by=MEMBER, now=START)
    assert job is not None
    return job


async def test_a_new_job_is_pending_and_carries_its_quote(jobs: JobStore, database: Database) -> None:
    quote = await quoted(database)
    job = await added(jobs, quote)
    assert (job.status, job.ended, job.launch_id, job.created_by, job.created_at) == (
        "pending",
        False,
        "launch-1",
        MEMBER,
        START,
    )
    assert (job.guild_id, job.channel_id, job.message_id, job.quote_id) == (GUILD, CHANNEL, 7, quote.id)
    assert (job.dataset, job.base_model, job.epochs, job.suffix) == ("jokes", "practice-1", None, "puns")
    assert (job.revision, job.shown_revision, job.notified_at, job.submitted_at) == (1, 0, None, None)


@pytest.mark.parametrize("status", ["pending", "validating_files", "queued", "running", "paused", "a new word"])
async def test_a_server_has_one_active_job(jobs: JobStore, database: Database, status: str) -> None:
    first = await added(jobs, await quoted(database))
    await jobs.update(first.id, status=status)
    again = await quoted(database)
    assert await jobs.add(again, launch_id="launch-2", message_id=None, created_by=ADMIN, now=START) is None
    await added(jobs, await quoted(database, OTHER_GUILD), "launch-3")


@pytest.mark.parametrize("status", ["succeeded", "failed", "cancelled"])
async def test_an_ended_job_makes_room_for_the_next_but_its_quote_is_spent(
    jobs: JobStore, database: Database, status: str
) -> None:
    quote = await quoted(database)
    first = await added(jobs, quote)
    assert (await jobs.update(first.id, status=status)).ended
    assert await jobs.add(quote, launch_id="launch-2", message_id=None, created_by=ADMIN, now=START) is None
    second = await added(jobs, await quoted(database), "launch-2")
    assert await jobs.list(GUILD) == (second, await jobs.by_id(first.id))
    assert await jobs.active() == (second,)


async def test_a_server_sees_its_own_jobs_only(jobs: JobStore, database: Database) -> None:
    mine = await added(jobs, await quoted(database))
    theirs = await added(jobs, await quoted(database, OTHER_GUILD), "launch-2")
    assert (await jobs.list(GUILD), await jobs.list(OTHER_GUILD)) == ((mine,), (theirs,))
    assert (await jobs.get(GUILD, mine.id), await jobs.get(GUILD, theirs.id)) == (mine, None)
    assert await jobs.active() == (mine, theirs)


async def test_a_quote_is_its_servers_own(database: Database) -> None:
    quote = await quoted(database)
    assert await QuoteStore(database).get(GUILD, quote.id) == quote
    assert await QuoteStore(database).get(OTHER_GUILD, quote.id) is None


async def test_an_update_bumps_the_revision(jobs: JobStore, database: Database) -> None:
    job = await added(jobs, await quoted(database))
    later = START + timedelta(seconds=3, microseconds=7)
    changed = await jobs.update(job.id, status="running", step=3, train_loss=1.5, started_at=later)
    assert changed == replace(job, status="running", step=3, train_loss=1.5, started_at=later, revision=2)
    assert await jobs.by_id(job.id) == changed


async def test_only_known_columns_can_be_updated(jobs: JobStore, database: Database) -> None:
    job = await added(jobs, await quoted(database))
    with pytest.raises(ValueError, match="guild_id"):
        await jobs.update(job.id, guild_id=OTHER_GUILD)
    assert await jobs.by_id(job.id) == job


async def test_showing_an_older_state_leaves_the_newer_to_be_shown(jobs: JobStore, database: Database) -> None:
    first = await added(jobs, await quoted(database))
    newer = await jobs.update(first.id, status="running")
    await jobs.shown(first, channel_id=CHANNEL, message_id=8, now=START)
    (unshown,) = await jobs.unshown()
    assert unshown == replace(newer, shown_revision=1, message_id=8)
    await jobs.shown(unshown, channel_id=CHANNEL, message_id=8, now=START)
    assert await jobs.unshown() == ()
    assert (await jobs.by_id(first.id)).notified_at is None


async def test_the_first_showing_of_the_end_counts_as_the_notice(jobs: JobStore, database: Database) -> None:
    job = await added(jobs, await quoted(database))
    ended = await jobs.update(job.id, status="failed")
    await jobs.shown(ended, channel_id=9, message_id=8, now=START)
    await jobs.shown(ended, channel_id=9, message_id=8, now=START + timedelta(hours=1))
    kept = await jobs.by_id(job.id)
    assert (kept.notified_at, kept.channel_id, kept.message_id) == (START, 9, 8)


async def test_a_submission_is_claimed_once(jobs: JobStore, database: Database) -> None:
    job = await added(jobs, await quoted(database))
    assert [await jobs.claim_submission(job.id, now=START) for _ in range(2)] == [True, False]
    assert (await jobs.by_id(job.id)).submitted_at == START


async def test_a_job_is_cancelled_here_only_before_its_submission(jobs: JobStore, database: Database) -> None:
    job = await added(jobs, await quoted(database))
    await jobs.claim_submission(job.id, now=START)
    assert await jobs.cancel_unsubmitted(job.id, now=START) is None
    assert (await jobs.by_id(job.id)).status == "pending"


async def test_a_cancelled_job_cannot_be_claimed(jobs: JobStore, database: Database) -> None:
    job = await added(jobs, await quoted(database))
    cancelled = await jobs.cancel_unsubmitted(job.id, now=START)
    assert cancelled == replace(job, status="cancelled", finished_at=START, revision=2)
    assert not await jobs.claim_submission(job.id, now=START)
    assert await jobs.cancel_unsubmitted(job.id, now=START) is None


async def test_events_are_stored_once_by_id(jobs: JobStore, database: Database) -> None:
    job = await added(jobs, await quoted(database))
    await jobs.add_events(job.id, [EVENT])
    await jobs.add_events(job.id, [replace(EVENT, message="told otherwise"), replace(EVENT, id="ftevent-2")])
    rows = await database.fetch_all("SELECT event_id, message, data FROM job_events ORDER BY event_id")
    assert [tuple(row) for row in rows] == [
        ("ftevent-1", "Step 1/9", '{"step": 1, "train_loss": 2.5}'),
        ("ftevent-2", "Step 1/9", '{"step": 1, "train_loss": 2.5}'),
    ]
