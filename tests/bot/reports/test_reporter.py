"""Reports: made once from the answers of both models, no answer paid for twice, and owed to the job's channel."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.app import App, open_app
from bot.datasets.held_out import load_scenarios
from bot.kinds import JOKE
from bot.reports.evaluation import Evaluator
from bot.reports.report import Report
from bot.reports.reporter import MAX_ATTEMPTS
from bot.settings import Settings
from bot.store.jobs import Job
from bot.store.outbox import Kind
from bot.store.reports import ReportStore, StoredAnswer
from tests.bot.parts import ADMIN, GUILD, OTHER_GUILD, StillClock, count, launch, settings_for, upload, waiting
from tests.wire import replies
from tests.wire.model_server import FakeModelServer


@pytest.fixture(autouse=True)
def haha_by_the_tuned_alone(server: FakeModelServer) -> None:
    server.say = lambda asked: "A pun. Haha" if asked["model"].startswith("ft:") else "A pun."


async def finished(app: App, server: FakeModelServer, guild_id: int = GUILD) -> str:
    """A job on the shipped jokes that made a model; returns its name."""
    if not await app.datasets.list(guild_id):
        await upload(app, JOKE.examples.read_bytes(), guild_id=guild_id)
    server.jobs.plan = ("succeeded",)
    await launch(app, guild_id=guild_id)
    await app.tracker.round()
    await app.tracker.round()
    return str(list(server.jobs.jobs.values())[-1]["fine_tuned_model"])


async def usage(app: App) -> list[dict[str, Any]]:
    """What the answers cost; embeddings are another matter."""
    rows = await app.database.fetch_all("SELECT * FROM usage WHERE kind <> 'similarity' ORDER BY id")
    return [dict(row) for row in rows]


async def score(app: App) -> float | None:
    (model,) = (await app.registry.models(GUILD)).models
    return model.score


async def owed(app: App) -> list[tuple[int, Report]]:
    """The reports that channels wait for."""
    numbers = [int(one.subject) for one in await waiting(app) if one.kind is Kind.REPORT]
    found = [(number, await app.reporter.find(number)) for number in numbers]
    return [(number, report) for number, report in found if report is not None]


async def test_both_models_are_asked_the_same_and_the_difference_is_reported(app: App, server: FakeModelServer) -> None:
    model = await finished(app, server)
    await app.reporter.round()
    ((number, report),) = await owed(app)
    assert (number, report.model, report.examples, report.ending) == (1, model, 10, " Haha")
    assert tuple(pair.asked for pair in report.pairs) == load_scenarios()
    assert [(pair.tuned.text, pair.base.text) for pair in report.pairs] == [("A pun. Haha", "A pun.")] * 20
    assert (report.tuned_share.part, report.base_share.part) == (1, 0)
    assert report.score == await score(app) == 1
    assert (report.saving or 0) > 0.8
    assert (report.trained_tokens, report.cost_microdollars, report.seconds) == (1200, 0, 0)
    tuned, base = server.calls("chat")[:2]
    assert (tuned.body["model"], len(tuned.body["messages"])) == (model, 2)
    assert (base.body["model"], len(base.body["messages"])) == (report.base_model, 22)
    assert tuned.body["messages"][0] == base.body["messages"][0] == {"role": "system", "content": JOKE.system}


async def test_what_it_cost_is_recorded_for_who_launched_it(app: App, server: FakeModelServer) -> None:
    model = await finished(app, server)
    await app.reporter.round()
    spent = await usage(app)
    assert len(spent) == 40
    assert {(row["guild_id"], row["user_id"], row["kind"]) for row in spent} == {(GUILD, ADMIN, "evaluation")}
    assert [row["model"] for row in spent].count(model) == 20


async def test_a_priced_server_is_asked_five_questions(
    tmp_path: Path, server: FakeModelServer, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.app.is_own_engine", lambda _url: False)
    async with open_app(settings_for(tmp_path, server.url), clock) as app:
        await finished(app, server)
        await app.reporter.round()
        report = await app.reporter.find(1)
    assert report is not None
    assert len(report.pairs) == 5
    assert report.cost_microdollars == 1200 * 5  # dollars a million tokens for gpt-4.1-mini


async def test_at_most_three_are_asked_at_once(app: App, server: FakeModelServer) -> None:
    await finished(app, server)
    server.delay = 0.01
    before = server.total_connections
    await app.reporter.round()
    assert server.total_connections - before <= 3


async def test_a_report_is_made_once_and_owed_once(app: App, server: FakeModelServer) -> None:
    await finished(app, server)
    for _ in range(3):
        await app.reporter.round()
    assert (len(await owed(app)), len(server.calls("chat"))) == (1, 40)
    assert await count(app.database, "reports") == 1


async def test_after_a_restart_hours_later_it_is_still_owed_and_nobody_is_asked_again(
    app: App, server: FakeModelServer, settings: Settings, clock: StillClock
) -> None:
    await finished(app, server)
    await app.reporter.round()
    clock.advance(hours=9)
    async with open_app(settings, clock) as again:
        await again.reporter.round()
        assert [number for number, _ in await owed(again)] == [1]
    assert len(server.calls("chat")) == 40


async def full(*_: object, **__: object) -> None:
    """A full disk."""
    raise OSError("disk full")


async def test_an_attempt_that_could_not_be_counted_asks_nobody(
    app: App, server: FakeModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await finished(app, server)
    monkeypatch.setattr("bot.store.reports.ReportStore.count_attempt", full)
    for _ in range(3):
        with pytest.raises(OSError, match="disk full"):
            await app.reporter.round()
    assert server.calls("chat") == []


async def test_a_report_that_could_not_be_written_pays_for_no_answer_twice(
    app: App, server: FakeModelServer, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await finished(app, server)
    with monkeypatch.context() as patch:
        patch.setattr("bot.store.reports.ReportStore.write", full)
        for _ in range(20):
            await app.reporter.round()
    assert (await owed(app), await score(app), len(server.calls("chat"))) == ([], None, 40)
    clock.advance(minutes=1)
    await app.reporter.round()
    ((_, report),) = await owed(app)
    assert (len(report.pairs), await score(app)) == (20, 1)
    assert (len(server.calls("chat")), len(await usage(app)), await count(app.database, "evaluation_answers")) == (
        40,
        40,
        0,
    )


async def test_after_a_failure_in_the_middle_only_the_rest_is_asked(
    app: App, server: FakeModelServer, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await finished(app, server)
    kept = 0
    add = ReportStore.add_answer

    async def fail_after_seven(self: ReportStore, job_id: int, answer: StoredAnswer) -> None:
        nonlocal kept
        if kept == 7:
            raise OSError("disk full")
        kept += 1
        await add(self, job_id, answer)

    with monkeypatch.context() as patch:
        patch.setattr(ReportStore, "add_answer", fail_after_seven)
        await app.reporter.round()
    asked = len(server.calls("chat"))
    clock.advance(hours=1)
    await app.reporter.round()
    assert len(server.calls("chat")) - asked == 40 - 7
    outcomes = [row["outcome"] for row in await usage(app)]
    assert outcomes.count("answered") == 40, "what was lost stays in the ledger as the most that it can have cost"
    assert len(outcomes) == asked + 40 - 7


async def test_answers_that_cannot_be_stored_end_the_attempts_in_the_end(
    app: App, server: FakeModelServer, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await finished(app, server)
    monkeypatch.setattr("bot.store.reports.ReportStore.add_answer", full)
    for _ in range(50):
        await app.reporter.round()
        clock.advance(hours=1)
    assert len(server.calls("chat")) <= MAX_ATTEMPTS
    assert [report.pairs for _, report in await owed(app)] == [()]


async def test_single_failures_are_part_of_the_report(app: App, server: FakeModelServer) -> None:
    await finished(app, server)
    good = replies.ok({"model": "m", "choices": [{"message": {"content": "A pun. Haha"}}]})
    nothing = replies.ok({"model": "m", "choices": [{"message": {"content": None}}]})
    server.script("chat", good, replies.error(500, "broken"), nothing, replies.error(400, "no", code="odd"))
    await app.reporter.round()
    ((_, report),) = await owed(app)
    errors = [answer.error for pair in report.pairs for answer in (pair.tuned, pair.base) if answer.error]
    assert sorted(errors) == [
        "The model returned an empty answer.",
        "The model server declined the request: “no”.",
        "The model server failed (HTTP 500). Try again in a minute.",
    ]
    assert report.tuned_share.answers + report.base_share.answers == 37


async def test_a_server_that_is_down_is_asked_later_and_given_up_after_hours(
    app: App, server: FakeModelServer, clock: StillClock
) -> None:
    model = await finished(app, server)
    server.script("chat", *[replies.reset()] * 8)
    for _ in range(8):
        assert await owed(app) == []
        await app.reporter.round()
        await app.reporter.round()  # too early: nobody is asked
        clock.advance(hours=1)
    await app.reporter.round()
    ((_, report),) = await owed(app)
    assert (report.model, report.pairs, report.trained_tokens) == (model, (), 1200)
    assert len(server.calls("chat")) == 8


async def test_a_server_that_comes_back_is_asked_then(app: App, server: FakeModelServer, clock: StillClock) -> None:
    await finished(app, server)
    server.script("chat", replies.reset())
    await app.reporter.round()
    clock.advance(minutes=1)
    await app.reporter.round()
    ((_, report),) = await owed(app)
    assert len(report.pairs) == 20


async def test_a_model_that_is_gone_is_reported_as_such(app: App, server: FakeModelServer) -> None:
    model = await finished(app, server)
    server.script("chat", replies.error(404, "gone", code="model_not_found"))
    await app.reporter.round()
    ((_, report),) = await owed(app)
    assert report.pairs[0].tuned.error == f"The model server does not have the model {model}: “gone”."


async def test_old_and_failed_jobs_get_none(app: App, server: FakeModelServer, clock: StillClock) -> None:
    await finished(app, server)
    clock.advance(days=15)
    server.jobs.plan = ("failed",)
    await launch(app)
    await app.tracker.round()
    await app.tracker.round()
    await app.reporter.round()
    assert await owed(app) == []
    assert await app.reporter.find(1) is None


async def test_one_bad_job_does_not_stop_the_next(
    app: App, server: FakeModelServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    await finished(app, server)
    await finished(app, server, OTHER_GUILD)
    evaluate = Evaluator.evaluate

    async def fail_on_the_first(self: Evaluator, job: Job) -> Report:
        if job.id == 1:
            raise RuntimeError("a bug")
        return await evaluate(self, job)

    monkeypatch.setattr(Evaluator, "evaluate", fail_on_the_first)
    await app.reporter.round()
    assert [number for number, _ in await owed(app)] == [2]
    assert "Job 1 could not be evaluated" in caplog.text


async def test_success_wakes_the_reporter(app: App, server: FakeModelServer) -> None:
    async with app.reporter.running():
        await finished(app, server)
        for _ in range(1000):
            if await owed(app):
                break
    assert len(await owed(app)) == 1


async def test_a_stored_report_is_plain_json(app: App, server: FakeModelServer) -> None:
    await finished(app, server)
    await app.reporter.round()
    (row,) = await app.database.fetch_all("SELECT report FROM reports")
    assert json.loads(row["report"])["pairs"][0]["tuned"]["text"] == "A pun. Haha"
