"""Taking a contribution back: it is in no text, no dataset, no report and no file afterwards, whatever went on meanwhile."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

import bot.datasets.service
from bot.app import App, open_app
from bot.datasets import task
from bot.datasets.service import Incoming
from bot.datasets.task import Outcome
from bot.errors import ConflictError, NotFoundError
from bot.reports.evaluation import Evaluator
from bot.reports.report import AnswerPair, EvaluationAnswer, Report, dump_report, load_report
from bot.settings import Settings
from bot.similarity.reading import hashed
from bot.store.datasets import Dataset
from bot.store.jobs import FILES_KEPT_FOR, Job
from bot.store.reports import ReportStore, StoredAnswer
from tests.bot.parts import (
    ADMIN,
    CHANNEL,
    GUILD,
    MEMBER,
    StillClock,
    content_of,
    count,
    job_now,
    on_both,
    storage_of,
    stored,
    waiting,
)
from tests.wire import replies
from tests.wire.gate import Gate, Point
from tests.wire.model_server import FakeModelServer

SCENARIO, PUNCHLINE = "A goose on a bicycle", "It quacked. Haha"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"contributions": "on"})


async def draft_with(app: App, scenario: str = SCENARIO) -> tuple[int, int]:
    """The numbers of a draft of eleven examples, and of the accepted contribution in it."""
    draft = await app.drafts.create(GUILD, ADMIN, "ducks")
    for number in range(1, 11):
        await app.drafts.add(GUILD, draft.id, f"Duck {number}", f"Quack {number}. Haha")
    await app.contributions.choose_draft(GUILD, ADMIN, "ducks")
    return draft.id, await accepted(app, scenario)


async def accepted(app: App, scenario: str, user_id: int = MEMBER) -> int:
    terms = await app.contributions.terms(GUILD)
    given = await app.contributions.give(GUILD, user_id, terms, scenario, PUNCHLINE, agreed=True)
    await app.contributions.accept(GUILD, ADMIN, given.id)
    return given.id


async def saved(app: App, draft: int) -> Dataset:
    return (await app.drafts.save(GUILD, ADMIN, draft)).dataset


async def launched(app: App, dataset: Dataset) -> Job:
    offer = await app.finetunes.quote(GUILD, CHANNEL, ADMIN, dataset.name)
    return await app.finetunes.launch(GUILD, ADMIN, offer.quote.id, None)


async def told(app: App) -> list[str]:
    """The notices of withdrawals."""
    return [one.body for one in await waiting(app) if one.subject.startswith("withdrawn:")]


async def everything(app: App) -> str:
    """All text in the database and in the dataset files."""
    found = []
    for table in ("contributions", "draft_examples", "outbox", "reports", "evaluation_answers", "jobs", "quotes"):
        rows = await app.database.fetch_all(f"SELECT * FROM {table}")  # noqa: S608 - names from here
        found += [str(tuple(row)) for row in rows]
    storage = storage_of(app.settings)
    for one in await storage.list():
        if not one.is_passing and one.sha256:
            async with storage.reading(one.sha256) as path:
                found.append(path.read_text())
    return "\n".join(found)


@on_both
async def test_it_is_gone_from_the_draft_and_every_dataset_that_had_it_and_from_their_files(app: App) -> None:
    draft, number = await draft_with(app)
    whole = await saved(app, draft)
    await app.datasets.split(GUILD, ADMIN, whole.name, 10, 1)
    assert SCENARIO in await everything(app)
    done = await app.withdrawals.withdraw(GUILD, MEMBER, number)
    assert [dataset.name for dataset in done.datasets] == ["ducks", "ducks split"]
    assert await app.datasets.list(GUILD) == ()
    assert SCENARIO not in await everything(app)
    for use in (app.datasets.sample, app.datasets.check):
        with pytest.raises(NotFoundError):
            await use(whole)
    again = await saved(app, draft)
    assert (again.name, again.examples) == ("ducks v2", 10)
    assert await told(app) == [
        "A member withdrew an example. The bot deleted what contained it: “ducks”, “ducks split”. The draft is still there: save it again "
        "for a version without the example. If you exported a file earlier, it still contains the example, and uploading it would bring "
        "it back."
    ]


async def test_without_a_dataset_that_had_it_admins_are_not_told(app: App) -> None:
    draft, number = await draft_with(app)
    await app.withdrawals.withdraw(GUILD, MEMBER, number)
    assert (await app.drafts.by_id(GUILD, draft)).examples == 10
    assert await told(app) == []


async def test_who_takes_back_several_of_one_dataset_is_told_of_once(app: App) -> None:
    draft, first = await draft_with(app)
    second = await accepted(app, "A swan")
    await saved(app, draft)
    for number in (first, second):
        await app.withdrawals.withdraw(GUILD, MEMBER, number)
    assert len(await told(app)) == 1


async def test_a_quote_on_what_was_withdrawn_launches_nothing(app: App) -> None:
    draft, number = await draft_with(app)
    dataset = await saved(app, draft)
    offer = await app.finetunes.quote(GUILD, CHANNEL, ADMIN, dataset.name)
    await app.withdrawals.withdraw(GUILD, MEMBER, number)
    with pytest.raises(NotFoundError, match="“ducks” has been deleted"):
        await app.finetunes.launch(GUILD, ADMIN, offer.quote.id, None)
    assert await count(app.database, "jobs") == 0


async def test_a_job_is_cancelled_before_the_model_server_knows_it(app: App, server: FakeModelServer) -> None:
    draft, number = await draft_with(app)
    job = await launched(app, await saved(app, draft))
    await app.withdrawals.withdraw(GUILD, MEMBER, number)
    await app.tracker.round()
    row = await job_now(app, job)
    assert (row.status, row.files_withdrawn_at, server.calls("upload")) == ("cancelled", None, [])
    assert "Cancelled before it reached the model server: job 1." in (await told(app))[0]


async def test_an_upload_under_way_is_deleted_also_if_its_reply_is_lost(app: App, server: FakeModelServer) -> None:
    draft, number = await draft_with(app)
    job = await launched(app, await saved(app, draft))
    server.gate = Gate(Point("upload", 1, "after"))
    launching = asyncio.create_task(app.tracker.round())
    await server.gate.reached.wait()
    await app.withdrawals.withdraw(GUILD, MEMBER, number)
    server.gate.open()
    await launching
    assert len(server.jobs.files) == 1
    await app.tracker.round()
    row = await job_now(app, job)
    assert (row.status, row.files_withdrawn_at, server.jobs.files) == ("cancelled", None, {})
    assert server.calls("create_job") == []


async def test_a_job_at_the_model_server_goes_on_and_its_file_is_deleted_at_its_end(
    app: App, server: FakeModelServer, clock: StillClock
) -> None:
    draft, number = await draft_with(app)
    job = await launched(app, await saved(app, draft))
    await app.tracker.round()
    await app.withdrawals.withdraw(GUILD, MEMBER, number)
    assert await app.datasets.list(GUILD) == ()
    await app.tracker.round()
    assert len(server.jobs.files) == 1
    server.jobs.finish((await job_now(app, job)).remote_job_id or "")
    await app.tracker.round()
    server.script("delete_file", replies.error(503, "busy"))
    await app.tracker.round()
    clock.advance(days=100)  # long after other files are given up
    await app.tracker.round()
    row = await job_now(app, job)
    assert (row.status, row.files_withdrawn_at, server.jobs.files) == ("succeeded", None, {})
    assert "Already running at the model server: job 1." in (await told(app))[0]


async def test_the_file_of_a_job_that_does_not_end_is_deleted_after_two_weeks(
    app: App, server: FakeModelServer, clock: StillClock
) -> None:
    draft, number = await draft_with(app)
    job = await launched(app, await saved(app, draft))
    await app.tracker.round()
    server.jobs.move((await job_now(app, job)).remote_job_id or "", "paused")
    await app.withdrawals.withdraw(GUILD, MEMBER, number)
    clock.now += FILES_KEPT_FOR - timedelta(seconds=1)
    await app.tracker.round()
    assert len(server.jobs.files) == 1
    clock.advance(seconds=1)
    server.script("delete_file", replies.error(409, "in use"))
    await app.tracker.round()
    row = await job_now(app, job)
    assert (row.status, row.unreachable_since, len(server.jobs.files)) == ("paused", None, 1)
    await app.tracker.round()
    row = await job_now(app, job)
    assert (row.status, row.files_withdrawn_at, server.jobs.files) == ("paused", None, {})


async def test_files_that_the_tracker_had_given_up_are_deleted_too(
    app: App, server: FakeModelServer, clock: StillClock
) -> None:
    draft, number = await draft_with(app)
    job = await launched(app, await saved(app, draft))
    await app.tracker.round()
    server.jobs.finish((await job_now(app, job)).remote_job_id or "")
    server.script("delete_file", replies.error(503, "busy"))
    for _ in range(2):
        await app.tracker.round()
    clock.advance(days=30)
    await app.tracker.round()
    assert len(server.jobs.files) == 1
    await app.withdrawals.withdraw(GUILD, MEMBER, number)
    await app.tracker.round()
    assert server.jobs.files == {}


@on_both
async def test_a_bot_that_ends_before_it_deletes_the_files_does_it_at_the_next_start(
    app: App, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def killed(*_: object) -> None:
        raise asyncio.CancelledError

    draft, number = await draft_with(app)
    dataset = await saved(app, draft)
    monkeypatch.setattr(app.datasets, "delete_withdrawn", killed)
    with pytest.raises(asyncio.CancelledError):
        await app.withdrawals.withdraw(GUILD, MEMBER, number)
    assert await stored(settings) == [f"{dataset.sha256}.jsonl"]
    async with open_app(settings) as again:
        await again.datasets.sweep()
        assert await stored(settings) == []
        assert SCENARIO not in await everything(again)


@on_both
async def test_what_is_withdrawn_while_a_dataset_is_saved_or_split_is_not_in_it(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft, number = await draft_with(app)
    whole = await saved(app, draft)
    run: Callable[..., Awaitable[Outcome]] = task.run

    async def meanwhile(*given: object) -> Outcome:
        outcome = await run(*given)
        monkeypatch.setattr(bot.datasets.service, "run", run)
        await app.withdrawals.withdraw(GUILD, MEMBER, number)
        return outcome

    monkeypatch.setattr(bot.datasets.service, "run", meanwhile)
    refused = "A member just withdrew an example from “ducks split”, so nothing was saved. Try again"
    with pytest.raises(ConflictError, match=refused):
        await app.datasets.split(GUILD, ADMIN, whole.name, 10, 1)
    number = await accepted(app, "A swan")
    monkeypatch.setattr(bot.datasets.service, "run", meanwhile)
    with pytest.raises(ConflictError, match="A member just withdrew an example from “ducks v2”"):
        await app.drafts.save(GUILD, ADMIN, draft)
    assert await app.datasets.list(GUILD) == ()
    assert await stored(app.settings) == []


@on_both
async def test_an_export_that_was_uploaded_again_goes_as_well(app: App) -> None:
    draft, number = await draft_with(app)
    dataset = await saved(app, draft)
    content = await content_of(app, dataset)
    path: Path = app.datasets.incoming(len(content))
    await asyncio.to_thread(path.write_bytes, content)
    await app.datasets.upload_all(GUILD, ADMIN, [Incoming(path, "copy.jsonl")], "copy")
    await app.withdrawals.withdraw(GUILD, MEMBER, number)
    assert await app.datasets.list(GUILD) == ()


async def test_it_is_found_in_versions_from_before_an_edit_and_after_it_was_dropped(app: App) -> None:
    draft, number = await draft_with(app)
    await saved(app, draft)
    ((example,),) = [await app.database.fetch_all("SELECT id FROM draft_examples WHERE contribution_id IS NOT NULL")]
    await app.drafts.edit(GUILD, example["id"], "A swan on a bicycle", PUNCHLINE)
    await saved(app, draft)
    await app.drafts.drop(GUILD, example["id"])
    kept = await saved(app, draft)
    await app.withdrawals.withdraw(GUILD, MEMBER, number)
    assert [dataset.name for dataset in await app.datasets.list(GUILD)] == [kept.name]
    assert "bicycle" not in await everything(app)


async def test_its_vectors_are_deleted_and_those_of_others_stay(app: App) -> None:
    draft, number = await draft_with(app)
    dataset = await saved(app, draft)
    await app.meaning.duplicates.find(GUILD, ADMIN, dataset)
    await app.meaning.similarity.embed(GUILD, ADMIN, [SCENARIO, PUNCHLINE])
    before = await count(app.database, "embeddings")
    await app.withdrawals.withdraw(GUILD, MEMBER, number)
    assert await count(app.database, "embeddings") == before - 3
    model = await app.catalogue.embedding_model()
    gone = await app.meaning.embeddings.saved(GUILD, model, [hashed(f"{SCENARIO} {PUNCHLINE}"), hashed(SCENARIO)])
    assert (gone, app.meaning.embeddings.recall(GUILD, model, [SCENARIO])) == ({}, None)


async def test_a_report_that_asked_its_scenario_no_longer_shows_it(app: App, server: FakeModelServer) -> None:
    draft, number = await draft_with(app)
    job = await launched(app, await saved(app, draft))
    await app.tracker.round()
    reports, answer = ReportStore(app.database), EvaluationAnswer("Honk. Haha", 3)
    pairs = tuple(AnswerPair(asked, answer, answer) for asked in (SCENARIO, "Duck 1"))
    report = Report("ft:mine", "base", 1, 0, 1.0, " Haha", 10, pairs)
    await reports.count_attempt(job.id, now=app.clock())
    await reports.write(job.id, GUILD, CHANNEL, dump_report(report), now=app.clock())
    await reports.add_answer(job.id, StoredAnswer(SCENARIO, "tuned", "{}"))
    await app.withdrawals.withdraw(GUILD, MEMBER, number)
    left = load_report(await reports.get(job.id) or "")
    assert [pair.asked for pair in left.pairs] == ["Duck 1"]
    assert SCENARIO not in await everything(app)


async def test_models_are_named_with_those_that_were_tuned_further(app: App, server: FakeModelServer) -> None:
    draft, number = await draft_with(app)
    job = await launched(app, await saved(app, draft))
    await app.tracker.round()
    remote = server.jobs.finish((await job_now(app, job)).remote_job_id or "")
    await app.tracker.round()
    other = await app.datasets.upload_all(GUILD, ADMIN, [await plain_file(app)], "plain")
    offer = await app.finetunes.quote(
        GUILD, CHANNEL, ADMIN, other.dataset.name, base_model=str(remote["fine_tuned_model"])
    )
    further = await app.finetunes.launch(GUILD, ADMIN, offer.quote.id, None)
    await app.tracker.round()
    server.jobs.finish((await job_now(app, further)).remote_job_id or "")
    await app.tracker.round()
    done = await app.withdrawals.withdraw(GUILD, MEMBER, number)
    assert [model.job_id for model in done.models] == [job.id, further.id]
    (said,) = await told(app)
    for model in done.models:
        assert f"“{model.model.replace('_', chr(92) + '_')}”" in said


async def plain_file(app: App) -> Incoming:
    lines = [
        {"messages": [{"role": "user", "content": f"Cat {n}"}, {"role": "assistant", "content": "M"}]}
        for n in range(10)
    ]
    path = app.datasets.incoming(1)
    await asyncio.to_thread(path.write_text, "\n".join(map(json.dumps, lines)))
    return Incoming(path, "plain.jsonl")


async def test_it_works_where_contributions_are_closed_or_turned_off(app: App, settings: Settings) -> None:
    _, first = await draft_with(app)
    second = await accepted(app, "A swan")
    await app.contributions.choose_draft(GUILD, ADMIN, None)
    await app.withdrawals.withdraw(GUILD, MEMBER, first)
    async with open_app(settings.model_copy(update={"contributions": "off"})) as off:
        await off.withdrawals.withdraw(GUILD, MEMBER, second)
        assert await count(off.database, "draft_examples") == 10
        page = await off.contributions.own(GUILD, MEMBER)
        assert (page.contribution, page.count) == (None, 0)


async def test_a_report_that_was_being_made_meanwhile_is_made_anew(
    app: App, server: FakeModelServer, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft, number = await draft_with(app)
    job = await launched(app, await saved(app, draft))
    await app.tracker.round()
    server.jobs.finish((await job_now(app, job)).remote_job_id or "")
    await app.tracker.round()
    evaluate = Evaluator.evaluate

    async def meanwhile(self: Evaluator, job: Job) -> Report:
        report = await evaluate(self, job)
        monkeypatch.setattr(Evaluator, "evaluate", evaluate)
        await app.withdrawals.withdraw(GUILD, MEMBER, number)
        return report

    monkeypatch.setattr(Evaluator, "evaluate", meanwhile)
    await app.reporter.round()
    assert await app.reporter.find(job.id) is None
    clock.advance(hours=1)
    await app.reporter.round()
    report = await app.reporter.find(job.id)
    assert report is not None
    assert report.examples == 0  # the base was shown none: the dataset is gone
