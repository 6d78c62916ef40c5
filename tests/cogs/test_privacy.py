"""`/privacy`, `/export-me` and `/forget-me`: what a member reads, gets, and has deleted."""

import io
import json
import zipfile
from typing import Any

import pytest
from simcord import Env, InteractionResult

from bot.app import App
from bot.privacy.export import MAX_PARTS, packed
from bot.settings import Settings
from tests.bot.privacy.traces import tables_naming
from tests.cogs.conftest import Background, Place, Watch
from tests.cogs.seen import Card, answer, buttons, card, private_card, rows

STORED = """\
**Jokes and slogans**: what you asked for, the answers, and your ID, to show them again, count votes and search. Kept for 365 days.
**Rounds of the arena** that you opened: the scenario and both answers. Kept for 365 days.
**Your votes**, so that everybody has one. Kept for 365 days.
**Usage**: the model, tokens, cost and time of each request, for limits and bills. This server's managers see it, too. Kept for 400 days.
**Examples for training** that you gave, with what you agreed to. Kept until you withdraw them with `/contributions`.
**Vectors** of texts, which say what they are about, to compare and search. Kept for 365 days.
**Your ID beside what you did as a manager**: datasets, trainings, prompts, labels, settings. Kept as long as this server has the bot.
**Messages that the bot sends** to this server, if they name you. Kept for 30 days.
**A request to be forgotten**, until it is done. Kept for a few minutes.

The bot does not store the server's messages or recordings. If you attach a recording to a command, it stores the words as if you had typed them. The last text that you typed is also in its memory until it restarts."""
LEFT = "If this server removes the bot, all its data is deleted after 30 days."


async def test_a_member_reads_what_is_stored_why_how_long_where_it_goes_and_whom_to_ask(home: Place) -> None:
    shown = await home.member.slash(home.channel, "privacy")
    assert private_card(shown) == Card(
        "What this bot stores about you here",
        STORED,
        LEFT,
        {
            "Where your texts and recordings go": "A model server on the operator's own machine or network (`127.0.0.1`)",
            "Whom to ask": "This server's managers. They can reach the bot's operator.",
        },
    )
    assert buttons(answer(shown)) == [("📦 Export", "export-me:0"), ("🗑️ Forget me", "ask-forget-me:0")]


class TestWithSettings:
    """What the operator set is what members read."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        changes = {
            "privacy_contact": "privacy@example.org *now*",
            "retention_answers_days": 7,
            "retention_usage_days": 0,
            "retention_left_servers_days": 0,
            "finetune_base_url": "https://user:secret@api.example.com/v1",
            "moderation": "on",
        }
        return settings.model_copy(update=changes)

    async def test_it_is_in_the_answer(self, home: Place) -> None:
        shown = private_card(await home.member.slash(home.channel, "privacy"))
        lines = (shown.text or "").splitlines()
        assert lines[2] == "**Your votes**, so that everybody has one. Kept for 7 days."
        assert lines[3].endswith("This server's managers see it, too. Kept until you delete it.")
        assert shown.fields == {
            "Where your texts and recordings go": "A model server on the operator's own machine or network (`127.0.0.1`)\n"
            "A model server that belongs to somebody else (`api.example.com`)\n"
            "Its moderation judges what you ask and what models answer (`127.0.0.1`). The bot keeps no text that is blocked.",
            "Whom to ask": "privacy@example.org \\*now\\*",
        }
        assert shown.footer == "If this server removes the bot, its data stays until the operator deletes it."


async def exported(result: InteractionResult) -> dict[str, Any]:
    (file,) = answer(result).attachments
    content = await file.read()
    if file.filename.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            content = archive.read("punchline.json")
    loaded: dict[str, Any] = json.loads(content)
    return loaded


async def test_an_export_has_all_rows_of_the_member_and_nothing_of_others(
    app: App, home: Place, elsewhere: Place
) -> None:
    for place in (home, elsewhere):
        await place.member.slash(place.channel, "joke", scenario="a vicar")
    told = await home.admin.slash(home.channel, "joke", scenario="a duck")
    await home.member.click(answer(told), custom_id=buttons(answer(told))[0][1])
    found = await home.member.slash(home.channel, "export-me")
    assert answer(found).ephemeral
    assert answer(found).content == (
        "Everything that this bot stores about you in this server: 3 rows. Keep it safe: it contains your texts."
    )
    document = await exported(found)
    assert (document["server"], document["member"]) == (home.guild.id, home.member.id)
    assert set(document["rows"]) == {"votes", "generations", "usage"}
    (joke,) = document["rows"]["generations"]
    assert (joke["asked"], joke["texts"]) == ("a vicar", (await rows(app, "generations"))[0]["texts"])
    (vote,) = document["rows"]["votes"]
    assert (vote["generation_id"], vote["user_id"], vote["funny"]) == (3, home.member.id, 1)
    text = json.dumps(document)
    for other in (home.admin.id, elsewhere.guild.id, "a duck"):
        assert str(other) not in text


async def test_who_has_nothing_gets_no_file(home: Place) -> None:
    found = answer(await home.member.slash(home.channel, "export-me"))
    assert (found.content, found.attachments) == ("This bot stores nothing about you in this server.", [])


def test_a_long_export_comes_in_parts_that_each_fit_and_says_what_does_not() -> None:
    lines = [("generations", {"asked": f"{number} " + "x" * 1000}) for number in range(4000)]
    whole = packed({"member": 1}, lines, 10_000_000)
    assert ([file.name for file in whole.files], whole.left_out) == (["punchline.zip"], 0)
    made = packed({"member": 1}, lines, 500_000)
    assert [file.name for file in made.files] == [f"punchline-{number}.zip" for number in range(1, MAX_PARTS + 1)]
    assert all(len(file.content) <= 500_000 for file in made.files)
    assert (made.rows + made.left_out, made.rows > 3500) == (4000, True)
    numbers = list[str]()
    for file in made.files:
        with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
            document = json.loads(archive.read(file.name.replace(".zip", ".json")))
        numbers += [row["asked"].split()[0] for row in document["rows"]["generations"]]
    assert numbers == [str(number) for number in range(made.rows)]


async def test_forgetting_asks_first_says_what_goes_and_then_does_it(
    app: App, env: Env, home: Place, background: Background
) -> None:
    await home.member.slash(home.channel, "joke", scenario="a vicar")
    told = await home.admin.slash(home.channel, "joke", scenario="a duck")
    await home.member.click(answer(told), custom_id=buttons(answer(told))[0][1])
    asked = await home.member.slash(home.channel, "forget-me")
    assert private_card(asked) == Card(
        "Forget you in this server?",
        "This cannot be undone. You have to ask in each server, or once with the option `everywhere`.",
        None,
        {
            "Deleted": "- Votes: 1 (those in closed rounds stay without your ID)\n"
            "- Jokes, slogans and questions, with the votes on them: 1",
            "Stays, without your ID": "- Numbers of requests, such as tokens and cost: 1",
            "Not deleted": "Messages that are already posted in Discord. Models that learned from your examples. Files that somebody "
            "exported. Backups of the bot's operator that are older than this.",
        },
    )
    assert await tables_naming(app.database, home.member.id) == {"usage", "votes"}
    assert buttons(answer(asked)) == [("🗑️ Forget me", "forget-me:0")]
    await home.member.click(answer(asked), label="Forget me")
    done = card(answer(asked))
    assert (done.title, done.text) == (
        None,
        "Done. Your data in this server is deleted, and what stays no longer has your ID. The bot now overwrites what is "
        "left in unused parts of its database file, which takes minutes. Backups that its operator made earlier still have it, until "
        "they are deleted.",
    )
    assert await tables_naming(app.database, home.member.id) == set()
    assert [row["user_id"] for row in await rows(app, "usage")] == [0, home.admin.id]
    assert [row["asked"] for row in await rows(app, "generations")] == ["a duck"]


async def test_everywhere_shows_nothing_of_other_servers_and_deletes_there_too(
    app: App, home: Place, elsewhere: Place, env: Env
) -> None:
    wanderer = elsewhere.guild.add_member(home.member.user)
    await wanderer.slash(elsewhere.channel, "joke", scenario="a vicar")
    asked = await home.member.slash(home.channel, "forget-me", everywhere=True)
    shown = private_card(asked)
    assert (shown.title, shown.fields["Deleted"]) == ("Forget you in all servers?", "nothing")
    await home.member.click(answer(asked), label="Forget me")
    assert await tables_naming(app.database, home.member.id) == set()
    assert await rows(app, "generations") == []


async def test_a_server_that_removes_the_bot_is_noted_and_one_that_returns_is_not_deleted(
    app: App, home: Place, clock: Watch, env: Env, simcord_bot: Any
) -> None:
    guild = simcord_bot.get_guild(home.guild.id)
    cog = simcord_bot.get_cog("PrivacyCog")
    await home.member.slash(home.channel, "joke", scenario="a vicar")
    await cog.on_guild_remove(guild)
    assert [row["guild_id"] for row in await rows(app, "departures")] == [home.guild.id]
    await cog.on_guild_join(guild)
    assert await rows(app, "departures") == []
    await app.departures.left(home.guild.id)
    await cog.on_ready()
    assert await rows(app, "departures") == []
