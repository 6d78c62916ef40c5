"""Jokes and slogans as equals: datasets, jobs and models have a kind, and what is used for one says nothing of the other."""

import json

import pytest

from bot.app import App
from bot.datasets.service import Incoming
from bot.errors import InvalidInputError, RemoteNotFoundError
from bot.kinds import JOKE, SLOGAN
from bot.slogans import SloganRequest
from bot.store.jobs import Job
from tests.bot.parts import (
    ADMIN,
    CHANNEL,
    GUILD,
    MEMBER,
    StillClock,
    change_job,
    count,
    job_now,
    launch,
    own_model,
    upload,
    waiting,
)
from tests.wire import replies
from tests.wire.model_server import FakeModelServer

COMPANY = "A company that sells ice cream"
GONE = replies.error(404, "no such model", "model_not_found")
SLOGANS = SLOGAN.examples.read_bytes()


def chats(system: str, count: int = 12) -> bytes:
    """A training file with this system message."""
    lines = []
    for number in range(count):
        turns = (("system", system), ("user", f"Thing {number}"), ("assistant", f"Answer {number}"))
        lines.append(json.dumps({"messages": [{"role": role, "content": text} for role, text in turns]}))
    return "\n".join(lines).encode()


async def tuned(app: App, content: bytes, name: str, model: str) -> Job:
    """A job on this file that made this model."""
    await upload(app, content, name=name)
    job = await launch(app, name)
    return await finish(app, job, model)


async def finish(app: App, job: Job, model: str) -> Job:
    job = await change_job(app, job, status="succeeded", fine_tuned_model=model, finished_at=app.clock())
    await app.registry.register(job, model)
    return job


@pytest.mark.parametrize(
    ("system", "said", "kind"),
    [
        (SLOGAN.system, None, "slogan"),
        (JOKE.system, None, "joke"),
        ("You sort tickets.", None, "joke"),
        ("You sort tickets.", "slogan", "slogan"),
        (SLOGAN.system, "joke", "joke"),
    ],
)
async def test_an_upload_is_of_the_kind_that_is_said_else_of_that_of_its_system_message(
    app: App, system: str, said: str | None, kind: str
) -> None:
    path = app.datasets.incoming(1)
    path.write_bytes(chats(system))
    saved = await app.datasets.upload_all(GUILD, ADMIN, [Incoming(path, "x.jsonl")], "mine", said)
    assert (saved.dataset.kind, saved.dataset.system) == (kind, system)
    split = await app.datasets.split(GUILD, ADMIN, "mine", 10, 1)
    assert (split.dataset.kind, split.dataset.system) == (kind, system)


async def test_a_draft_of_slogans_has_their_instruction_and_its_dataset_is_of_slogans(app: App) -> None:
    draft = await app.drafts.create(GUILD, ADMIN, "mine", kind="slogan")
    await app.drafts.paste(GUILD, draft.id, "\n".join(f"A shop number {n} => Slogan {n}." for n in range(10)))
    saved = await app.drafts.save(GUILD, ADMIN, draft.id)
    assert (draft.system, saved.dataset.kind, saved.dataset.system) == (SLOGAN.system, "slogan", SLOGAN.system)


async def test_a_jobs_model_is_of_its_datasets_kind_and_becomes_active_for_that_alone(
    app: App, server: FakeModelServer
) -> None:
    await own_model(app, "ft:funny", use=True)
    job = await tuned(app, SLOGANS, "slogans", "ft:catchy")
    assert (await job_now(app, job)).kind == "slogan"
    active = (await app.registry.models(GUILD)).active
    assert {kind: model.model for kind, model in active.items()} == {"joke": "ft:funny", "slogan": "ft:catchy"}
    joke = await app.jokes.tell(GUILD, MEMBER, "A duck")
    written = await app.slogans.write(GUILD, MEMBER, SloganRequest(COMPANY))
    assert (joke.tuned, written.tuned) == (active["joke"], active["slogan"])
    asked = server.calls("chat")[-1].body
    assert (asked["model"], asked["messages"]) == (
        "ft:catchy",
        [{"role": "system", "content": SLOGAN.system}, {"role": "user", "content": COMPANY}],
    )
    assert (await app.generations.find(GUILD, written.id or 0)).fine_tuned


async def test_switches_of_one_kind_leave_the_other_alone(app: App) -> None:
    await own_model(app, "ft:funny", use=True)
    for name in ("ft:old", "ft:new"):
        await own_model(app, name, use=True, kind="slogan")
    assert (await app.registry.roll_back(GUILD, ADMIN, "slogan")).kind == "slogan"
    await app.registry.use(GUILD, ADMIN, "base")
    active = (await app.registry.models(GUILD)).active
    assert {kind: model.model for kind, model in active.items()} == {"slogan": "ft:old"}
    await app.registry.use(GUILD, ADMIN, "ft:funny")
    await app.registry.use(GUILD, ADMIN, "base", "slogan")
    active = (await app.registry.models(GUILD)).active
    assert {kind: model.model for kind, model in active.items()} == {"joke": "ft:funny"}
    assert (await app.registry.archive(GUILD, "ft:new")).model == "ft:new"


async def test_a_model_is_asked_for_what_it_was_trained_for(app: App, server: FakeModelServer) -> None:
    await own_model(app, "ft:funny")
    await own_model(app, "ft:catchy", kind="slogan")
    with pytest.raises(InvalidInputError, match="“ft:catchy” writes slogans"):
        await app.jokes.tell(GUILD, MEMBER, "A duck", "ft:catchy")
    with pytest.raises(InvalidInputError, match="“ft:funny” tells jokes"):
        await app.slogans.write(GUILD, MEMBER, SloganRequest(COMPANY, model="ft:funny"))
    with pytest.raises(InvalidInputError, match="Some of these models tell jokes and others write slogans"):
        await app.comparison.compare(GUILD, MEMBER, "A duck", ["ft:funny", "ft:catchy"])
    assert server.calls("chat") == []
    await app.comparison.compare(GUILD, MEMBER, COMPANY, ["base", "ft:catchy"])
    systems = {call.body["messages"][0]["content"] for call in server.calls("chat")}
    assert systems == {SLOGAN.system}


async def test_a_lost_slogan_model_gives_way_to_the_base_and_admins_are_told(app: App, server: FakeModelServer) -> None:
    await own_model(app, "ft:catchy", use=True, kind="slogan")
    server.script("chat", GONE)
    written = await app.slogans.write(GUILD, MEMBER, SloganRequest(COMPANY))
    assert (written.tuned, written.lost and written.lost.model) == (None, "ft:catchy")
    assert [call.body["model"] for call in server.calls("chat")] == ["ft:catchy", "gpt-6-luna"]
    (notice,) = await waiting(app)
    assert (notice.body or "").startswith(
        "⚠️ The model server no longer has `ft:catchy`, which wrote this server's slogans. Until you choose another model, the base model "
        "writes them. `/models rollback kind:slogan` goes back"
    )


async def test_who_names_a_model_that_is_gone_and_not_in_use_is_told(app: App, server: FakeModelServer) -> None:
    await own_model(app, "ft:catchy", kind="slogan")
    server.script("chat", GONE)
    with pytest.raises(RemoteNotFoundError):
        await app.slogans.write(GUILD, MEMBER, SloganRequest(COMPANY, model="ft:catchy"))
    assert len(server.calls("chat")) == 1


async def test_a_tuned_model_is_asked_with_the_system_message_it_was_trained_on(
    app: App, server: FakeModelServer
) -> None:
    await tuned(app, chats("Be a duck."), "ducks", "ft:ducks")
    await app.jokes.tell(GUILD, MEMBER, "A pond")
    (call,) = server.calls("chat")
    assert call.body["messages"][0] == {"role": "system", "content": "Be a duck."}
    await app.jokes.tell(GUILD, MEMBER, "A pond", "base")
    assert server.calls("chat")[-1].body["messages"][0]["content"] == JOKE.system


async def test_a_report_on_a_slogan_model_asks_for_slogans_and_speaks_of_them(
    app: App, server: FakeModelServer, clock: StillClock
) -> None:
    await app.slogans.write(GUILD, MEMBER, SloganRequest("A ship for cats"), channel_id=CHANNEL)
    clock.advance(minutes=1)
    server.say = lambda asked: f"A slogan for {asked['messages'][-1]['content']}."
    job = await tuned(app, SLOGANS, "slogans", "ft:catchy")
    await app.reporter.round()
    report = await app.reporter.find(job.id)
    assert report is not None
    assert tuple(pair.asked for pair in report.pairs) == tuple(SLOGAN.unseen.read_text().splitlines())
    assert (report.kind, report.jokes, report.asked_before and report.asked_before.asked) == (
        "slogan",
        False,
        "A ship for cats",
    )
    asked = {call.body["messages"][0]["content"] for call in server.calls("chat")}
    assert asked == {SLOGAN.system}


async def test_a_split_one_is_asked_what_was_held_back(app: App) -> None:
    await upload(app, SLOGANS, name="slogans")
    split = await app.datasets.split(GUILD, ADMIN, "slogans", 10, 1)
    job = await finish(app, await launch(app, "slogans split"), "ft:catchy")
    await app.reporter.round()
    report = await app.reporter.find(job.id)
    assert report is not None
    held_back = app.settings.files_folder / f"{split.dataset.validation_sha256}.jsonl"
    assert held_back is not None
    text = held_back.read_text()
    assert all(json.dumps(pair.asked, ensure_ascii=False) in text for pair in report.pairs)
    assert await count(app.database, "reports") == 1
