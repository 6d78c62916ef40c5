"""Jobs: one active a server, one a quote, and every change owed to the channel that shows them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.store.database import Database
from bot.store.datasets import DatasetStore, NewDataset
from bot.store.jobs import Job, JobStore
from bot.store.quotes import Quote, QuoteStore, Terms
from tests.bot.parts import ADMIN, CHANNEL, GUILD, MEMBER, OTHER_GUILD, START


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


async def changed(jobs: JobStore, job: Job, **changes: Any) -> Job:
    await jobs.save(job, replace(job, **changes), now=START)
    return await jobs.by_id(job.id)


async def owed(database: Database) -> list[tuple[Any, ...]]:
    rows = await database.fetch_all("SELECT kind, subject, channel_id, message_id, revision FROM outbox ORDER BY id")
    return [tuple(row) for row in rows]


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
    assert (job.guild_id, job.channel_id, job.quote_id) == (GUILD, CHANNEL, quote.id)
    assert (job.dataset, job.base_model, job.epochs, job.suffix) == ("jokes", "practice-1", None, "puns")
    assert (job.quoted_tokens, job.submitted_at) == (9000, None)
    assert await owed(database) == [("job", str(job.id), CHANNEL, 7, 1)]


@pytest.mark.parametrize("status", ["pending", "validating_files", "queued", "running", "paused", "a new word"])
async def test_a_server_has_one_active_job(jobs: JobStore, database: Database, status: str) -> None:
    first = await added(jobs, await quoted(database))
    await changed(jobs, first, status=status)
    again = await quoted(database)
    assert await jobs.add(again, launch_id="launch-2", message_id=None, created_by=ADMIN, now=START) is None
    await added(jobs, await quoted(database, OTHER_GUILD), "launch-3")


@pytest.mark.parametrize("status", ["succeeded", "failed", "cancelled"])
async def test_an_ended_job_makes_room_for_the_next_but_its_quote_is_spent(
    jobs: JobStore, database: Database, status: str
) -> None:
    quote = await quoted(database)
    first = await added(jobs, quote)
    assert (await changed(jobs, first, status=status)).ended
    assert await jobs.add(quote, launch_id="launch-2", message_id=None, created_by=ADMIN, now=START) is None
    second = await added(jobs, await quoted(database), "launch-2")
    assert await jobs.list(GUILD, 25) == (second, await jobs.by_id(first.id))
    assert await jobs.unfinished(START) == (second,)


async def test_a_server_sees_its_own_jobs_only(jobs: JobStore, database: Database) -> None:
    mine = await added(jobs, await quoted(database))
    theirs = await added(jobs, await quoted(database, OTHER_GUILD), "launch-2")
    assert (await jobs.list(GUILD, 25), await jobs.list(OTHER_GUILD, 25)) == ((mine,), (theirs,))
    assert (await jobs.get(GUILD, mine.id), await jobs.get(GUILD, theirs.id)) == (mine, None)
    assert await jobs.unfinished(START) == (mine, theirs)


async def test_a_quote_is_its_servers_own(database: Database) -> None:
    quote = await quoted(database)
    assert await QuoteStore(database).get(GUILD, quote.id) == quote
    assert await QuoteStore(database).get(OTHER_GUILD, quote.id) is None


async def test_what_differs_is_written_and_owed_to_the_channel(jobs: JobStore, database: Database) -> None:
    job = await added(jobs, await quoted(database))
    later = START + timedelta(seconds=3, microseconds=7)
    after = replace(job, status="running", step=3, train_loss=1.5, started_at=later)
    await jobs.save(job, after, now=START)
    await jobs.save(after, after, now=START)
    assert await jobs.by_id(job.id) == after
    assert await owed(database) == [("job", str(job.id), CHANNEL, 7, 2)]


async def test_two_writers_change_what_each_of_them_changed(jobs: JobStore, database: Database) -> None:
    job = await added(jobs, await quoted(database))
    await jobs.save(job, replace(job, step=3), now=START)
    await jobs.save(job, replace(job, status="paused"), now=START)
    assert await jobs.by_id(job.id) == replace(job, step=3, status="paused")


async def test_lists_go_on_before_a_number(jobs: JobStore, database: Database) -> None:
    made = []
    for number in range(5):
        made.append(await added(jobs, await quoted(database), f"launch-{number}"))
        made[-1] = await changed(jobs, made[-1], status="failed")
    assert await jobs.list(GUILD, 2) == (made[4], made[3])
    assert await jobs.list(GUILD, 9, made[3].id) == (made[2], made[1], made[0])


async def test_a_submission_is_claimed_once(jobs: JobStore, database: Database) -> None:
    job = await added(jobs, await quoted(database))
    assert [await jobs.claim_submission(job.id, now=START) for _ in range(2)] == [True, False]
    assert (await jobs.by_id(job.id)).submitted_at == START


async def test_a_job_is_cancelled_here_only_before_its_submission(jobs: JobStore, database: Database) -> None:
    job = await added(jobs, await quoted(database))
    await jobs.claim_submission(job.id, now=START)
    assert await jobs.cancel_unsubmitted(job, now=START) is None
    assert (await jobs.by_id(job.id)).status == "pending"


async def test_a_cancelled_job_cannot_be_claimed(jobs: JobStore, database: Database) -> None:
    job = await added(jobs, await quoted(database))
    cancelled = await jobs.cancel_unsubmitted(job, now=START)
    assert cancelled == replace(job, status="cancelled", finished_at=START)
    assert await owed(database) == [("job", str(job.id), CHANNEL, 7, 2)]
    assert not await jobs.claim_submission(job.id, now=START)
    assert await jobs.cancel_unsubmitted(job, now=START) is None
