"""Reports: one a job, evaluated a counted number of times, and no answer paid for twice."""

from datetime import timedelta

import pytest

from bot.store.database import Database
from bot.store.jobs import JobStore
from bot.store.reports import ReportStore, StoredAnswer
from tests.bot.parts import CHANNEL, GUILD, START, count
from tests.bot.store.test_jobs import added, changed, owed, quoted

LATER = START + timedelta(hours=1)
ANSWER = StoredAnswer("A duck", "tuned", '{"text": "Quack. Haha"}')


@pytest.fixture
async def job_id(database: Database) -> int:
    jobs = JobStore(database)
    job = await added(jobs, await quoted(database))
    return (await changed(jobs, job, status="succeeded", fine_tuned_model="ft:x")).id


@pytest.fixture
def reports(database: Database) -> ReportStore:
    return ReportStore(database)


async def test_a_job_has_one_report_the_first_and_it_is_owed_to_its_channel(
    reports: ReportStore, database: Database, job_id: int
) -> None:
    assert await reports.get(job_id) is None
    await reports.count_attempt(job_id, now=START)
    await reports.add_answer(job_id, ANSWER)
    written = [await reports.write(job_id, GUILD, CHANNEL, text, now=START) for text in ("first", "second")]
    assert (written, await reports.get(job_id)) == ([True, False], "first")
    assert (await owed(database))[1:] == [("report", str(job_id), CHANNEL, None, 1)]
    assert await count(database, "evaluation_answers") == 0


async def test_attempts_are_counted_and_the_next_waits_for_its_time(reports: ReportStore, job_id: int) -> None:
    for attempt in (1, 2, 3):
        assert await reports.count_attempt(job_id, now=START) == attempt
    assert await reports.due(START, START) == (job_id,)  # a bot that died asking carries on at once
    await reports.next_attempt_at(job_id, LATER)
    assert (await reports.due(START, START), await reports.due(LATER, START)) == ((), (job_id,))


async def test_answers_are_kept_by_question_and_model(reports: ReportStore, job_id: int) -> None:
    by_base = StoredAnswer("A duck", "base", "{}")
    for answer in (ANSWER, by_base, StoredAnswer("A duck", "tuned", "another")):
        await reports.add_answer(job_id, answer)
    assert set(await reports.answers(job_id)) == {ANSWER, by_base}


async def test_jobs_that_made_a_model_are_due_until_their_report_is_written(
    reports: ReportStore, database: Database, job_id: int
) -> None:
    jobs = JobStore(database)
    assert (await reports.due(START, START), await reports.due(START, LATER)) == ((job_id,), ())
    await reports.count_attempt(job_id, now=START)
    await reports.write(job_id, GUILD, CHANNEL, "done", now=START)
    other = await added(jobs, await quoted(database), "launch-2")
    for status, model in (("running", "ft:y"), ("failed", "ft:y"), ("cancelled", "ft:y"), ("succeeded", None)):
        other = await changed(jobs, other, status=status, fine_tuned_model=model)
        assert await reports.due(START, START) == ()
