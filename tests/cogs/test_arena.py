"""`/arena`: two unnamed answers, one vote a member, names after the vote, and a winner who is surely better."""

from datetime import timedelta
from typing import Any

import pytest
from simcord import ChannelHandle, Env, MemberActor

from bot.app import App
from bot.arena.promotion import name_of
from bot.errors import ConflictError, NotFoundError
from bot.kinds import SLOGAN
from bot.store.arena import ArenaStore, Round
from bot.store.models import ModelStore
from bot.store.prompts import Prompt
from bot.writing.prompts import PromptText
from tests.cogs.conftest import Background, Place, Watch
from tests.cogs.seen import Card, answer, buttons, card, names, public_card, refusal, rows
from tests.cogs.stock import models
from tests.wire import replies
from tests.wire.model_server import FakeModelServer

FACES = ["A", "B", "😂 Both good", "😐 Both bad", "Skip"]
FOOTER = "Which is funnier? Names are shown after you have voted."


@pytest.fixture
async def two(app: App, server: FakeModelServer, home: Place) -> list[str]:
    """An open arena of two models, each with an answer of its own; the base stays out."""
    names = ["ft:one", "ft:two"]
    for name in names:
        server.models[name] = {"id": name, "object": "model", "created": 0, "owned_by": "x"}
    server.say = lambda asked: f"Said by {asked['model']}. Haha"
    await models(app, home.guild.id, names)
    await app.arena.start(home.guild.id, home.admin.id)
    await app.arena.remove(home.guild.id, "base")
    return names


async def test_a_round_hides_names_until_a_member_has_voted(
    app: App, two: list[str], channel: ChannelHandle, member: MemberActor
) -> None:
    opened = await member.slash(channel, "arena play", scenario="A duck")
    (row,) = await rows(app, "rounds")
    shown = public_card(opened)
    assert shown == Card("A duck", None, FOOTER, {"A": row["left_text"], "B": row["right_text"]})
    assert {row["left_text"], row["right_text"]} == {f"Said by {name}. Haha" for name in two}
    assert [face for face, _ in buttons(answer(opened))] == FACES
    assert row["probability"] == 1.0
    told = answer(await member.click(answer(opened), label="A"))
    left, right = (row["left_text"].split()[2][:-1], row["right_text"].split()[2][:-1])
    assert told.ephemeral
    assert told.content == f"You chose A. A was **{left}**, B was **{right}**."
    (vote,) = await rows(app, "round_votes")
    assert (vote["user_id"], vote["choice"]) == (member.id, "left")


async def test_a_member_votes_once_and_skipping_is_a_choice(
    app: App, env: Env, two: list[str], channel: ChannelHandle, member: MemberActor
) -> None:
    opened = answer(await member.slash(channel, "arena play"))
    assert answer(await member.click(opened, label="Skip")).content.startswith("You skipped. A was **ft:")
    said = "You already voted in this round."
    for label in ("A", "Skip"):
        assert refusal(env, await member.click(opened, label=label)) == said
    assert [row["choice"] for row in await rows(app, "round_votes")] == ["skip"]


async def test_the_last_vote_closes_the_round_and_shows_the_names_to_all(
    app: App, env: Env, home: Place, two: list[str], background: Background
) -> None:
    await home.admin.slash(home.channel, "arena start", votes=2)
    opened = answer(await home.member.slash(home.channel, "arena play", scenario="A duck"))
    await home.member.click(opened, label="B")
    await home.admin.click(opened, label="Both good")
    await background.deliver()
    (message,) = [one for one in home.channel.history() if one.embeds and one.embeds[0].title == "A duck"]
    closed = card(message)
    assert closed.text == "A 0, B 1, both good 1, both bad 0"
    assert {name.split(": ")[1] for name in closed.fields} == set(two)
    assert closed.footer == "Closed: 2 votes"
    assert buttons(message) == []
    with pytest.raises(ConflictError, match="This round is closed, and its names are shown"):  # two presses at once
        await app.arena.vote(home.guild.id, 7, 1, "left")


async def test_a_round_closes_when_its_time_is_up(
    app: App, home: Place, two: list[str], background: Background, clock: Watch
) -> None:
    await home.member.slash(home.channel, "arena play")
    assert await app.arena.close_overdue() == pytest.approx(600)
    clock.now = clock.now.replace(hour=14)
    await app.arena.close_overdue()
    (row,) = await rows(app, "rounds")
    assert row["closed_at"] is not None


async def test_a_round_whose_contestant_is_gone_is_closed_and_keeps_its_votes(
    app: App, env: Env, home: Place, server: FakeModelServer, two: list[str], background: Background
) -> None:
    opened = answer(await home.member.slash(home.channel, "arena play", scenario="A duck"))
    await home.member.click(opened, label="A")
    server.script("chat", replies.error(404, "no such model", "model_not_found"))
    said = "The model server no longer has one of these models, so it has left the arena. Play again."
    assert refusal(env, await home.member.slash(home.channel, "arena play")) == said
    closed = "This round is closed, and its names are shown. Start another with `/arena play`."
    assert refusal(env, await home.admin.click(opened, label="B")) == closed
    await background.deliver()
    (message,) = [one for one in home.channel.history() if one.embeds and one.embeds[0].title == "A duck"]
    (lost,) = [row["model"] for row in await rows(app, "models") if row["lost_at"]]
    assert card(message).footer == f"Closed: 1 vote. The model server no longer has {lost}."
    assert [vote["choice"] for vote in await rows(app, "round_votes")] == ["left"]
    few = "The arena needs two contestants, and has 1. An admin adds models with `/arena add`."
    assert refusal(env, await home.member.slash(home.channel, "arena play")) == few


async def test_a_forged_button_of_a_round_writes_nothing(
    app: App, env: Env, home: Place, elsewhere: Place, two: list[str]
) -> None:
    opened = answer(await home.member.slash(home.channel, "arena play", scenario="A duck"))
    before = await rows(app, "outbox")
    with pytest.raises(NotFoundError, match="This round is gone"):
        await app.arena.shown(elsewhere.guild.id, 1, elsewhere.channel.id, opened.id)
    assert await rows(app, "outbox") == before


async def test_a_round_keeps_its_own_limit(
    app: App, env: Env, home: Place, two: list[str], background: Background
) -> None:
    await home.admin.slash(home.channel, "arena start", votes=1)
    opened = answer(await home.member.slash(home.channel, "arena play", scenario="A duck"))
    await home.admin.slash(home.channel, "arena start", votes=9)
    await home.admin.slash(home.channel, "arena stop")
    await home.member.click(opened, label="B")
    (row,) = await rows(app, "rounds")
    assert row["closed_at"] is not None


async def test_an_arena_needs_to_be_open_and_to_have_two_contestants(
    app: App, env: Env, home: Place, two: list[str]
) -> None:
    await home.admin.slash(home.channel, "arena remove", model="ft:two")
    few = "The arena needs two contestants, and has 1. An admin adds models with `/arena add`."
    assert refusal(env, await home.member.slash(home.channel, "arena play")) == few
    await home.admin.slash(home.channel, "arena stop")
    closed = "The arena is closed. An admin opens it with `/arena start`."
    assert refusal(env, await home.member.slash(home.channel, "arena play")) == closed
    assert await rows(app, "rounds") == []


async def test_two_answers_that_are_the_same_are_no_round(
    app: App, env: Env, server: FakeModelServer, two: list[str], channel: ChannelHandle, member: MemberActor
) -> None:
    server.say = lambda _asked: "The same. Haha"
    said = "Both contestants gave the same answer, so there is nothing to choose between. Try another scenario."
    assert refusal(env, await member.slash(channel, "arena play")) == said
    assert await rows(app, "rounds") == []
    assert len(await rows(app, "usage")) == 2


async def voted(app: App, guild_id: int, clock: Watch, wins: dict[str, int], kind: str = "joke") -> None:
    """Decided rounds between the two contestants, each by a member of its own."""
    store = ArenaStore(app.database)
    ids = {name_of(one): one.id for one in await store.contestants(guild_id, kind)}
    member = 10_000
    for winner, count in wins.items():
        loser = next(model for model in ids if model != winner)
        for number in range(count):
            seats = (ids[winner], ids[loser]) if number % 2 else (ids[loser], ids[winner])
            new = Round(0, guild_id, "A duck", *seats, "a", "b", 1.0, 5, 1, clock.now, clock.now, None)
            opened = await store.open(new)
            member += 1
            await store.vote(opened.id, member, "left" if number % 2 else "right", now=clock.now)


async def test_the_ranking_says_in_words_and_as_a_picture_how_sure_it_is(
    app: App, home: Place, two: list[str], clock: Watch
) -> None:
    await voted(app, home.guild.id, clock, {"ft:one": 6, "ft:two": 4})
    shown = answer(await home.member.slash(home.channel, "arena ranking"))
    first, second, _, *rest = (card(shown).text or "").split("\n")
    assert first.startswith("1. **ft:one**: beats an average contestant in 55 % (")
    assert second.startswith("1. **ft:two**: beats an average contestant in 45 % (")
    assert rest[0] == "10 votes, 95 % intervals. Models with the same number cannot be told apart yet."
    assert rest[1].startswith("About ")
    assert rest[1].endswith(" more votes may separate the first two.")
    (picture,) = shown.attachments
    assert (picture.description or "").startswith("Ranking with 95 % intervals: ft:one 55 % (")


async def test_the_weekly_digest_shows_the_ranking(
    app: App, home: Place, two: list[str], background: Background, clock: Watch
) -> None:
    await home.admin.slash(home.channel, "settings digest", channel=home.channel)
    await voted(app, home.guild.id, clock, {"ft:one": 6, "ft:two": 4})
    clock.now += timedelta(days=7)
    await app.digests.round()
    await background.deliver()
    shown = card(home.channel.last_message)
    assert (shown.title, shown.text) == ("This week in jokes", "Nobody laughed at a joke this week.")
    first, second = shown.fields["Arena"].split("\n")
    assert first.startswith("1. **ft:one**: beats an average contestant in 55 % (")
    assert second.endswith("10 votes")


async def test_only_a_winner_who_is_surely_better_is_promoted_and_the_registry_keeps_why(
    app: App, env: Env, home: Place, two: list[str], clock: Watch
) -> None:
    await voted(app, home.guild.id, clock, {"ft:two": 6, "ft:one": 4})
    unsure = refusal(env, await home.admin.slash(home.channel, "arena promote"))
    assert unsure.startswith("ft:two leads, but not surely: it beats an average contestant in ")
    assert unsure.endswith(" more votes may settle it.")
    await voted(app, home.guild.id, clock, {"ft:two": 60})
    said = answer(await home.admin.slash(home.channel, "arena promote")).content
    assert said.startswith("🏆 **ft:two** now tells this server's jokes. ")
    newest = (await rows(app, "activations"))[-1]
    assert newest["activated_by"] == home.admin.id
    assert "(70 votes, 95 % intervals)" in newest["evidence"]
    assert (await app.registry.models(home.guild.id)).active["joke"].model == "ft:two"
    again = refusal(env, await home.admin.slash(home.channel, "arena promote"))
    assert again == "ft:two leads the ranking and already tells this server's jokes."
    await home.admin.slash(home.channel, "models rollback")
    assert (await app.registry.models(home.guild.id)).active["joke"].model == "ft:one"


async def prompt(app: App, home: Place) -> Prompt:
    """A version that takes part as well."""
    added = await app.prompts.add(home.guild.id, home.admin.id, "joke", "dry", PromptText("Be dry."))
    said = await home.admin.slash(home.channel, "arena add", model="dry")
    assert answer(said).content == "**dry v1** is in the arena now."
    return added


async def test_a_prompt_takes_part_like_a_model(
    app: App, env: Env, home: Place, server: FakeModelServer, two: list[str]
) -> None:
    added = await prompt(app, home)
    said = "This prompt is already in the arena."
    assert refusal(env, await home.admin.slash(home.channel, "arena add", model="DRY v1")) == said
    await home.admin.slash(home.channel, "arena remove", model="ft:two")
    offered = await home.admin.autocomplete(home.channel, "arena add", "model", "")
    assert names(offered) == ["ft:two", "ft:one", "base", "dry v1"]
    offered = await home.admin.autocomplete(home.channel, "arena remove", "model", "")
    assert names(offered) == ["ft:one", "dry v1"]
    server.say = lambda asked: f"{asked['model']}: {asked['messages'][0]['content']}"
    opened = answer(await home.member.slash(home.channel, "arena play", scenario="A duck"))
    assert sorted(card(opened).fields.values())[1] == "gpt-6-luna: Be dry."
    told = answer(await home.member.click(opened, label="Both good")).content
    assert "**dry v1**" in told
    stored = {(row["model_id"], row["prompt_id"]) for row in await rows(app, "contestants")}
    assert stored == {(None, None), (1, None), (2, None), (None, added.id)}
    await home.admin.slash(home.channel, "arena remove", model="dry v1")
    said = "This prompt is not in the arena. `/arena ranking` shows which ones are."
    assert refusal(env, await home.admin.slash(home.channel, "arena remove", model="dry v1")) == said
    unknown = "This server has no model “wet”. `/models list` shows its models."
    assert refusal(env, await home.admin.slash(home.channel, "arena add", model="wet")) == unknown


async def test_a_prompt_that_is_surely_better_than_the_model_in_use_is_promoted(
    app: App, env: Env, home: Place, two: list[str], clock: Watch
) -> None:
    added = await prompt(app, home)
    await home.admin.slash(home.channel, "arena remove", model="ft:two")
    await voted(app, home.guild.id, clock, {"dry v1": 60, "ft:one": 4})
    said = answer(await home.admin.slash(home.channel, "arena promote")).content
    assert said.startswith(
        "🏆 The base model now tells this server's jokes with the prompt **dry v1**. dry v1 beat an average "
    )
    assert said.endswith("`/models rollback` undoes this.")
    assert (await app.registry.models(home.guild.id)).active == {}
    assert await app.prompts.in_use(home.guild.id, "joke") == added
    (used,) = await rows(app, "prompt_uses")
    switched = (await rows(app, "activations"))[-1]
    assert used["evidence"] == switched["evidence"]
    assert "(64 votes, 95 % intervals)" in used["evidence"]
    again = refusal(env, await home.admin.slash(home.channel, "arena promote"))
    assert again == "dry v1 leads the ranking and already tells this server's jokes."


@pytest.fixture
async def slogans(app: App, home: Place, server: FakeModelServer, two: list[str]) -> None:
    """The joke arena, and in it the base, a prompt and a model for slogans, which is in use."""
    server.models["ft:catchy"] = {"id": "ft:catchy", "object": "model", "created": 0, "owned_by": "x"}
    store, guild = ModelStore(app.database), home.guild.id
    model = await store.add(guild, "ft:catchy", base_model="x", job_id=None, now=app.clock(), kind="slogan")
    await store.activate(guild, model.id, kind="slogan", activated_by=None, now=app.clock())
    await app.prompts.add(guild, home.admin.id, "slogan", "dry", PromptText("Be dry."))
    await home.admin.slash(home.channel, "arena start")
    await home.admin.slash(home.channel, "arena add", model="dry v1", kind="slogan")


async def test_slogans_meet_slogans_by_models_and_prompts_and_jokes_meet_jokes(
    app: App, home: Place, server: FakeModelServer, slogans: None, clock: Watch
) -> None:
    server.say = lambda asked: f"{asked['model']}: {asked['messages'][0]['content']}"
    opened = answer(await home.member.slash(home.channel, "arena play", scenario="A shoe shop", kind="slogan"))
    shown = card(opened)
    assert (shown.title, shown.footer) == ("A shoe shop", "Which is better? Names are shown after you have voted.")
    assert "ft:one" not in str(shown.fields)
    found = await ArenaStore(app.database).contestants(home.guild.id, "slogan")
    assert [name_of(one) for one in found] == ["the base model", "ft:catchy", "dry v1"]
    await home.member.click(opened, label="A")
    ranked = card(answer(await home.member.slash(home.channel, "arena ranking", kind="slogan")))
    assert (ranked.title, (ranked.text or "").count("beats an average")) == ("Arena ranking for slogans", 3)
    await voted(app, home.guild.id, clock, {"ft:one": 6, "ft:two": 4})
    jokes = card(answer(await home.member.slash(home.channel, "arena ranking")))
    assert "10 votes, 95 % intervals" in (jokes.text or "")
    await home.member.slash(home.channel, "arena play", kind="slogan")
    played = (await rows(app, "rounds"))[-1]["scenario"]
    assert played in SLOGAN.arena.read_text("utf-8").splitlines()


async def test_a_slogan_prompt_that_is_surely_better_is_promoted_and_jokes_stay_as_they_are(
    app: App, env: Env, home: Place, slogans: None, clock: Watch
) -> None:
    await home.admin.slash(home.channel, "arena remove", model="base", kind="slogan")
    await voted(app, home.guild.id, clock, {"dry v1": 60, "ft:catchy": 4}, "slogan")
    said = answer(await home.admin.slash(home.channel, "arena promote", kind="slogan")).content
    assert said.startswith(
        "🏆 The base model now writes this server's slogans with the prompt **dry v1**. dry v1 beat "
    )
    assert said.endswith("`/models rollback kind:slogan` undoes this.")
    active = (await app.registry.models(home.guild.id)).active
    assert {kind: model.model for kind, model in active.items()} == {"joke": "ft:one"}
    used = await app.prompts.in_use(home.guild.id, "slogan")
    assert used is not None
    assert used.label == "dry v1"
    pairs = await home.admin.slash(home.channel, "dataset preferences", name="taste", votes=1, kind="slogan")
    assert refusal(env, pairs).startswith("Only 0 of 0 closed rounds have a clear winner")


async def test_the_base_that_beats_the_prompt_in_use_gets_the_shipped_one_back(
    app: App, env: Env, home: Place, two: list[str], clock: Watch
) -> None:
    await app.registry.use(home.guild.id, home.admin.id, "base")
    added = await app.prompts.add(home.guild.id, home.admin.id, "joke", "dry", PromptText("Be dry."))
    await app.prompts.use(home.guild.id, home.admin.id, "joke", added)
    for model in two:
        await home.admin.slash(home.channel, "arena remove", model=model)
    await home.admin.slash(home.channel, "arena add", model="base")
    await home.admin.slash(home.channel, "arena add", model="ft:one")
    await voted(app, home.guild.id, clock, {"the base with examples": 60, "ft:one": 4})
    missing = "The prompt in use is not in the arena, so there is nothing to compare. Add it with `/arena add`."
    assert refusal(env, await home.admin.slash(home.channel, "arena promote")) == missing
    await home.admin.slash(home.channel, "arena add", model="dry v1")
    await home.admin.slash(home.channel, "arena remove", model="ft:one")
    await voted(app, home.guild.id, clock, {"the base with examples": 60, "dry v1": 4})
    said = answer(await home.admin.slash(home.channel, "arena promote")).content
    assert said.startswith("🏆 **the base with examples** now tells this server's jokes. ")
    assert said.endswith("`/prompt use` undoes this.")
    assert await app.prompts.in_use(home.guild.id, "joke") is None
    assert [row["prompt_id"] for row in await rows(app, "prompt_uses")] == [added.id, None]
    assert (await rows(app, "prompt_uses"))[-1]["evidence"] is not None


async def test_one_server_never_sees_anothers_rounds(app: App, two: list[str], home: Place, clock: Watch) -> None:
    await voted(app, home.guild.id, clock, {"ft:one": 3})
    other: Any = home.guild.id + 1
    assert await ArenaStore(app.database).votes(other, "joke") == ()
    assert await ArenaStore(app.database).round(other, 1) is None
    assert await ArenaStore(app.database).contestant(other, 1) is None
