"""Learned or memorised: what a report measures beside the format, and what it leaves out where it cannot."""

import pytest

from bot.app import App
from bot.kinds import JOKE
from bot.reports.report import BetterCheckpoint, Report, Share
from tests.bot.parts import ADMIN, CHANNEL, GUILD, OTHER_GUILD, StillClock, keep, launch, upload
from tests.wire import replies
from tests.wire.model_server import FakeModelServer
from tests.wire.shapes import Json

TAUGHT = "The dog finally caught the drone, and now wants to see its pilot's licence! Haha"


@pytest.fixture(autouse=True)
def everything_is_alike(server: FakeModelServer) -> None:
    server.vector = lambda _text: [1.0, 0.0]


async def reported(app: App, server: FakeModelServer) -> Report:
    """The report on a job that learned the shipped jokes."""
    await upload(app, JOKE.examples.read_bytes())
    server.jobs.plan = ("succeeded",)
    job = await launch(app)
    await app.tracker.round()
    await app.tracker.round()
    await app.reporter.round()
    found = await app.reporter.find(job.id)
    assert found is not None
    return found


def asked_of(body: Json) -> str:
    return str(body["messages"][-1]["content"])


async def test_near_copies_of_training_answers_are_not_novel_and_the_same_counts_once(
    app: App, server: FakeModelServer
) -> None:
    copied = ("A fox reading a newspaper", "A horse on a train", "A goat on a balcony")

    def say(asked: Json) -> str:
        question = asked_of(asked)
        return TAUGHT.replace("dog", question.split()[1]) if question in copied else f"{question}? Never. Haha"

    server.say = say
    report = await reported(app, server)
    assert (report.novel, report.distinct) == (Share(17, 20), Share(20, 20))


async def test_the_topic_is_the_mean_cosine_beside_the_bases(app: App, server: FakeModelServer) -> None:
    server.say = lambda asked: "By the tuned. Haha" if asked["model"].startswith("ft:") else "By the base. Haha"
    server.vector = lambda text: {"By the tuned. Haha": [3.0, 4.0], "By the base. Haha": [0.0, 1.0]}.get(
        text, [1.0, 0.0]
    )
    report = await reported(app, server)
    assert report.topic is not None
    assert report.topic.tuned == pytest.approx(0.6)
    assert (report.topic.base, report.topic.related_from) == (0.0, 0.25)
    assert report.distinct == Share(1, 20)


async def test_the_topic_is_paid_for_by_who_launched_the_job_and_leaves_nothing(
    app: App, server: FakeModelServer
) -> None:
    await reported(app, server)
    (used,) = await app.database.fetch_all("SELECT guild_id, user_id FROM usage WHERE kind = 'similarity'")
    assert tuple(used) == (GUILD, ADMIN)
    assert await app.database.fetch_all("SELECT * FROM embeddings") == []


async def test_without_embeddings_there_is_a_report_without_a_topic(app: App, server: FakeModelServer) -> None:
    server.script("embeddings", *[replies.error(401)] * 99)
    report = await reported(app, server)
    assert (report.topic, report.novel, len(report.pairs)) == (None, Share(20, 20), 20)


async def test_a_model_that_never_answered_has_no_topic(app: App, server: FakeModelServer) -> None:
    server.say = lambda asked: "" if asked["model"].startswith("ft:") else "A pun."
    report = await reported(app, server)
    assert (report.topic, report.novel, report.distinct) == (None, Share(0, 0), Share(0, 0))


def checkpoints(*losses: float | None) -> replies.Reply:
    """One at the end of each epoch of ten steps."""
    data = [
        {
            "id": f"ftckpt-{number}",
            "fine_tuned_model_checkpoint": f"ft:x:ckpt-{number}",
            "step_number": 10 * number,
            "metrics": {"valid_loss": loss},
        }
        for number, loss in enumerate(losses, 1)
    ]
    return replies.ok({"object": "list", "data": data, "has_more": False})


@pytest.mark.parametrize(
    ("kept", "offered"),
    [
        (checkpoints(3.0, 2.0, 2.5), BetterCheckpoint(20, 2.0)),
        (checkpoints(3.0, 2.0, 1.5), None),
        (checkpoints(2.0, 2.0), None),
        (checkpoints(2.0, None), None),
        (checkpoints(None, None), None),
        (checkpoints(), None),
        (replies.error(404), None),
        (replies.error(500), None),
        (replies.html(), None),
    ],
)
async def test_an_earlier_checkpoint_is_offered_where_it_did_better_on_the_validation_file(
    app: App, server: FakeModelServer, kept: replies.Reply, offered: BetterCheckpoint | None
) -> None:
    server.script("checkpoints", kept)
    assert (await reported(app, server)).better_checkpoint == offered


async def test_what_members_asked_last_before_the_job_is_answered_before_and_after(
    app: App, server: FakeModelServer, clock: StillClock
) -> None:
    server.say = lambda asked: "After. Haha" if asked["model"].startswith("ft:") else "Before."
    for scenario in ("A duck", "A heron", "A cat sleeping on a KEYBOARD", "A horse on a train"):
        await keep(app, "Old. Haha", scenario=scenario)  # the last two: trained on, and asked anyhow
    await keep(app, "Theirs. Haha", guild_id=OTHER_GUILD, scenario="A secret")
    await keep(app, "Private. Haha", channel_id=CHANNEL + 1, scenario="A secret")
    clock.advance(minutes=1)
    report = await reported(app, server)
    assert report.asked_before is not None
    pair = report.asked_before
    assert (pair.asked, pair.base.text, pair.tuned.text) == ("A heron", "Before.", "After. Haha")
    assert "A heron" not in [pair.asked for pair in report.pairs]
    assert (len(report.pairs), len(server.calls("chat"))) == (20, 42)
    assert not [call for call in server.calls("chat") if asked_of(call.body) == "A secret"]


async def test_where_nobody_asked_before_the_job_there_is_no_such_pair(app: App, server: FakeModelServer) -> None:
    await keep(app, "Theirs. Haha", guild_id=OTHER_GUILD, scenario="A secret")
    await keep(app, "Private. Haha", channel_id=CHANNEL + 1, scenario="A secret")
    await keep(app, "Late. Haha", scenario="A duck")  # at the very moment of the launch
    report = await reported(app, server)
    assert (report.asked_before, len(server.calls("chat"))) == (None, 40)


async def test_a_dataset_of_other_answers_gets_no_scenario(
    app: App, server: FakeModelServer, clock: StillClock
) -> None:
    await keep(app, "Old. Haha", scenario="A heron")
    clock.advance(minutes=1)
    whole = JOKE.examples.read_bytes().replace(b"creates funny one-line jokes", b"answers tersely")
    await upload(app, whole, name="terse")
    split = (await app.datasets.split(GUILD, ADMIN, "terse", 20, 7)).dataset
    server.jobs.plan = ("succeeded",)
    offer = await app.finetunes.quote(GUILD, 1, ADMIN, split.name)
    job = await app.finetunes.launch(GUILD, ADMIN, offer.quote.id, None)
    for _ in range(2):
        await app.tracker.round()
    await app.reporter.round()
    report = await app.reporter.find(job.id)
    assert report is not None
    assert (report.jokes, report.asked_before) == (False, None)
