"""Reports: one a job, waiting until somebody has seen it."""

from datetime import timedelta

import pytest

from bot.store.database import Database
from bot.store.jobs import JobStore
from bot.store.reports import ReportStore
from tests.bot.parts import START
from tests.bot.store.test_jobs import added, quoted

LATER = START + timedelta(hours=1)


@pytest.fixture
async def job_id(database: Database) -> int:
    job = await added(JobStore(database), await quoted(database))
    await JobStore(database).update(job.id, status="succeeded", fine_tuned_model="ft:x")
    return job.id


async def test_a_job_has_one_report_the_first(database: Database, job_id: int) -> None:
    reports = ReportStore(database)
    assert await reports.get(job_id) is None
    assert [await reports.add(job_id, {"model": name}, now=START) for name in ("a", "ü")] == [True, False]
    kept = await reports.get(job_id)
    assert kept is not None
    assert (kept.report, kept.created_at, kept.shown_at) == ({"model": "a"}, START, None)


async def test_it_waits_until_it_was_shown(database: Database, job_id: int) -> None:
    reports = ReportStore(database)
    await reports.add(job_id, {}, now=START)
    assert [waiting.job_id for waiting in await reports.unshown(START)] == [job_id]
    assert await reports.unshown(LATER) == ()
    await reports.shown(job_id, now=START)
    await reports.shown(job_id, now=LATER)
    assert await reports.unshown(START) == ()
    kept = await reports.get(job_id)
    assert kept is not None
    assert kept.shown_at == START


async def test_jobs_that_made_a_model_lack_one_until_it_is_written(database: Database, job_id: int) -> None:
    jobs, reports = JobStore(database), ReportStore(database)
    assert await reports.missing(START) == (job_id,)
    assert await reports.missing(LATER) == ()
    await reports.add(job_id, {}, now=START)
    assert await reports.missing(START) == ()
    other = await added(jobs, await quoted(database), "launch-2")
    for status, model in (("running", "ft:y"), ("failed", "ft:y"), ("cancelled", "ft:y"), ("succeeded", None)):
        await jobs.update(other.id, status=status, fine_tuned_model=model)
        assert await reports.missing(START) == ()
