"""`/similarity rank`, `matrix`, `search`, `map`, `classify`, `/labels`, and the menus on messages."""

import logging
import math

import pytest
from simcord import ChannelHandle, Env, MemberActor

from bot.app import App
from bot.similarity.reading import hashed
from tests.cogs.conftest import Place
from tests.cogs.seen import (
    Card,
    answer,
    buttons,
    names,
    private_card,
    public,
    public_card,
    refusal,
    rows,
    training_file,
)
from tests.cogs.stock import stock
from tests.wire import replies
from tests.wire.model_server import FakeModelServer

MESSAGE, DEFER = 4, 5  # how an interaction is answered
FOOTER = "From 0 (nothing in common) to 1 (the same)"


def at(degrees: float) -> list[float]:
    return [math.cos(math.radians(degrees)), math.sin(math.radians(degrees))]


@pytest.fixture
def angles(server: FakeModelServer) -> None:
    """Texts that end in a number point in that direction; jokes are as far from a query as their number says."""
    server.vector = lambda text: at(float(text.split()[-1]) if text.split()[-1].isdecimal() else 0)


async def tell(server: FakeModelServer, channel: ChannelHandle, member: MemberActor, *numbers: int) -> None:
    for number in numbers:
        server.say = lambda _asked, number=number: f"Joke number {number}"  # type: ignore[misc]  # bound now
        await member.slash(channel, "joke", scenario="a duck")


@pytest.mark.usefixtures("angles")
async def test_candidates_are_ranked_with_bars_nearest_first(channel: ChannelHandle, member: MemberActor) -> None:
    form = await member.slash(channel, "similarity rank", text="base 0")
    ranked = await member.submit_modal(form, {"lines": "far 90\nnear 30\n\nbase  0\n"})
    lines = [
        "`██████████ 1.00` base  0 *(the same text)*",
        "`█████████░ 0.87` near 30",
        "`░░░░░░░░░░ 0.00` far 90",
    ]
    assert public_card(ranked) == Card("base 0", "\n".join(lines), FOOTER)


@pytest.mark.parametrize(
    ("command", "lines", "said"),
    [
        ("similarity rank", "one", "There is 1 text. Give 2 to 20, one on each line."),
        ("similarity rank", "\n".join(map(str, range(21))), "There are 21 texts. Give 2 to 20, one on each line."),
        ("similarity matrix", "one", "There is 1 text. Give 2 to 12, one on each line."),
        ("similarity matrix", "\n".join(map(str, range(13))), "There are 13 texts. Give 2 to 12, one on each line."),
        ("similarity rank", " \n ", "There are 0 texts. Give 2 to 20, one on each line."),
    ],
)
async def test_too_few_or_too_many_lines_are_refused_before_anything_is_asked(
    env: Env, server: FakeModelServer, channel: ChannelHandle, member: MemberActor, command: str, lines: str, said: str
) -> None:
    options = {"text": "base"} if command.endswith("rank") else {}
    form = await member.slash(channel, command, **options)
    assert refusal(env, await member.submit_modal(form, {"lines": lines})) == said
    assert server.calls("embeddings") == []


@pytest.mark.usefixtures("angles")
async def test_a_matrix_is_a_picture_and_the_same_in_words(channel: ChannelHandle, member: MemberActor) -> None:
    form = await member.slash(channel, "similarity matrix")
    shown = await member.submit_modal(form, {"lines": "a 0\nb 30\nc 90"})
    card = public_card(shown)
    assert card.title == "1 and 2 are nearest (0.87, almost the same meaning), 1 and 3 farthest (0.00)"
    assert (card.text or "").startswith("**1.** a 0\n*nearest to 2 (0.87)*\n**2.** b 30")
    (file,) = answer(shown).attachments
    assert (await file.read()).startswith(b"\x89PNG")
    said = "Heatmap of how alike 3 texts are. 1 and 2: 0.87, 1 and 3: 0.00, 2 and 3: 0.50."
    assert (file.filename, file.description) == ("picture.png", said)


async def test_a_matrix_of_texts_that_the_model_cannot_tell_apart_claims_nothing(
    server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    server.vector = lambda _text: [1.0, 2.0]
    form = await member.slash(channel, "similarity matrix")
    shown = await member.submit_modal(form, {"lines": "👍\n👎"})
    doubt = "*the model cannot tell it from the others*"
    title = "This model cannot tell any of these texts apart"
    assert public_card(shown) == Card(title, f"**1.** 👍\n{doubt}\n**2.** 👎\n{doubt}")
    (file,) = answer(shown).attachments
    assert file.description == "Heatmap of how alike 2 texts are. 1 and 2: not told apart."


async def test_candidates_that_cannot_be_told_apart_come_last_without_a_number(
    server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    server.vector = lambda text: at(0 if "I" in text else 30)
    form = await member.slash(channel, "similarity rank", text="I like 👍")
    ranked = public_card(await member.submit_modal(form, {"lines": "I like 👎\nyou like 👎"}))
    assert (ranked.text or "").split("\n") == [
        "`█████████░ 0.87` you like 👎",
        "`░░░░░░░░░░    ?` I like 👎 *(the model cannot tell it apart)*",
    ]


async def test_a_search_on_an_empty_server_says_how_to_fill_it(
    env: Env, server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    result = await member.slash(channel, "similarity search", query="ducks")
    said = "There are no jokes or slogans here yet. `/joke` and `/slogan` make some."
    assert refusal(env, result) == said
    assert server.calls("embeddings") == []


@pytest.mark.usefixtures("angles")
async def test_a_search_finds_the_servers_own_texts_with_a_button_to_show_each(
    server: FakeModelServer, home: Place, elsewhere: Place
) -> None:
    await tell(server, elsewhere.channel, elsewhere.member, 10)
    await tell(server, home.channel, home.member, 60, 21, 80, 110)
    found = await home.member.slash(home.channel, "similarity search", query="_ducks_ 20")
    lines = ["**1.** `1.00` 🎭 Joke number 21", "**2.** `0.77` 🎭 Joke number 60", "**3.** `0.50` 🎭 Joke number 80"]
    assert public_card(found) == Card("\\_ducks\\_ 20", "\n".join(lines), "Searched 4 texts.")
    assert buttons(answer(found)) == [("1", "show:3"), ("2", "show:2"), ("3", "show:4")]
    shown = await home.admin.click(answer(found), custom_id="show:3")
    assert private_card(shown) == Card("a duck", "Joke number 21", "A joke")
    assert buttons(answer(shown)) == [("🔍 Details", "details:3")]
    await tell(server, home.channel, home.member, 22)
    again = await home.member.slash(home.channel, "similarity search", query="_ducks_ 20")
    assert (public_card(again).text or "").splitlines()[1] == "**2.** `1.00` 🎭 Joke number 22"


@pytest.mark.usefixtures("angles")
async def test_a_search_for_what_is_not_there_says_so(
    server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    await tell(server, channel, member, 10)
    found = await member.slash(channel, "similarity search", query="ducks 120")
    assert public_card(found) == Card("ducks 120", "Nothing here is like that.", "Searched 1 text.")


@pytest.mark.usefixtures("angles")
async def test_more_like_this_leaves_the_joke_itself_and_its_words_out(
    server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    await tell(server, channel, member, 60, 20, 70, 60)
    joke = public(channel)[0]
    liked = private_card(await member.click(joke, label="More like this"))
    assert liked.title == "More like this"
    assert [line[-2:] for line in (liked.text or "").splitlines()] == ["70", "20"]


@pytest.mark.usefixtures("angles")
async def test_after_the_model_changed_texts_are_embedded_anew_in_the_background_and_search_says_how_far(
    app: App, server: FakeModelServer, channel: ChannelHandle, member: MemberActor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tell(server, channel, member, 10, 20, 30)
    await member.slash(channel, "similarity search", query="ducks 20")
    monkeypatch.setattr("bot.similarity.index.TEXTS_AT_ONCE", 2)
    server.models["another-embedding"] = {"owned_by": "loopback"}
    monkeypatch.setattr(
        app.catalogue, "_settings", app.settings.model_copy(update={"embedding_model": "another-embedding"})
    )
    server.vector = lambda text: [0.0, *at(float(text.split()[-1]))]
    app.catalogue._lists.clear()
    first = public_card(await member.slash(channel, "similarity search", query="ducks 20"))
    assert first.text == "Nothing here is like that."
    assert first.footer == "Searched 0 of 3 texts; the others are still being read. Search again in a while."
    assert await app.meaning.index.round() == 0
    second = public_card(await member.slash(channel, "similarity search", query="ducks 20"))
    assert second.footer == "Searched 3 texts."
    assert await app.meaning.index.round() == 3600
    kept = {(row["model"], row["dimensions"]) for row in await rows(app, "embeddings")}
    assert kept == {("text-embedding-3-small", 2), ("another-embedding", 3)}


@pytest.mark.usefixtures("angles")
async def test_labels_are_kept_listed_used_and_removed(
    app: App, env: Env, channel: ChannelHandle, admin: MemberActor, member: MemberActor
) -> None:
    nothing = await member.slash(channel, "similarity classify", text="what 5")
    said = "There are no labels here yet. Server managers can add some with `/labels add`."
    assert refusal(env, nothing) == said
    for name, lines in (("Puns", "a 0\nb 10"), ("Facts", "c 90")):
        form = await admin.slash(channel, "labels add", name=name)
        kept = private_card(await admin.submit_modal(form, {"lines": lines}))
        assert kept.title == f"Saved label “{name}”"
    form = await admin.slash(channel, "labels add", name="puns")
    taken = await admin.submit_modal(form, {"lines": "x 1"})
    assert refusal(env, taken).startswith("There is already a label “puns”.")

    verdict = public_card(await member.slash(channel, "similarity classify", text="what 5"))
    assert verdict.title == "Puns"
    text = "what 5\n\n`██████████ 1.00` Puns\n`█░░░░░░░░░ 0.09` Facts\n\nIt leads by 0.91."
    assert verdict == Card("Puns", text)
    none = public_card(await member.slash(channel, "similarity classify", text="what 250"))
    assert none.title == "None of these"
    assert (none.text or "").endswith("Even the nearest label is below 0.25.")

    listed = private_card(await admin.slash(channel, "labels list"))
    assert listed.text == "**Facts**: 1 example, such as “c 90”\n**Puns**: 2 examples, such as “a 0”"
    assert names(await admin.autocomplete(channel, "labels remove", "name", "")) == ["Facts", "Puns"]
    removed = await admin.slash(channel, "labels remove", name="PUNS")
    assert answer(removed).content == "Deleted label “Puns”."
    assert [row["name"] for row in await rows(app, "labels")] == ["Facts"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a\u202eb", "A label's name needs 1 to 40 visible characters."),
        ("\ud83d", "A label's name needs 1 to 40 visible characters."),
        ("x" * 41, "A label's name needs 1 to 40 visible characters."),
    ],
)
async def test_a_label_needs_a_name_that_people_can_see(
    env: Env, channel: ChannelHandle, admin: MemberActor, name: str, said: str
) -> None:
    assert refusal(env, await admin.slash(channel, "labels add", name=name)) == said


@pytest.mark.usefixtures("angles")
async def test_a_label_may_be_an_emoji_of_many_code_points(channel: ChannelHandle, admin: MemberActor) -> None:
    form = await admin.slash(channel, "labels add", name="👨‍👩‍👧‍👦" * 9)
    kept = private_card(await admin.submit_modal(form, {"lines": "a 0"}))
    assert kept.title == f"Saved label “{'👨‍👩‍👧‍👦' * 9}”"


async def test_a_map_names_clusters_by_their_topics(
    env: Env, server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    few = await member.slash(channel, "similarity map")
    assert refusal(env, few) == "A map needs at least 3 texts, and there are 0. `/joke` and `/slogan` make more."
    server.vector = lambda text: at(90 if "Goose" in text else len(text) / 9)
    for told in ("The fox ran", "A fox, again", "That fox [x](https://x)", "Goose"):
        server.say = lambda _asked, told=told: told  # type: ignore[misc]  # bound now
        await member.slash(channel, "joke", scenario="animals")
    shown = await member.slash(channel, "similarity map")
    card = public_card(shown)
    assert card.title == "Jokes and slogans: 4 texts by meaning"
    lines = (card.text or "").splitlines()
    assert lines[:4] == ["**1.** fox", "*3 of 4 texts*", "**2.** goose", "*1 of 4 texts*"]
    assert lines[4] == "*The map shows 100% of the differences between these texts.*"
    (file,) = answer(shown).attachments
    assert file.description == "Map of 4 texts by meaning, in groups: 1 fox (3); 2 goose (1)."


async def test_a_map_that_would_show_too_little_is_a_list(
    server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    server.vector = lambda text: [float(text.endswith(f"number {n}")) + 0.01 for n in range(12)]
    await tell(server, channel, member, *range(12))
    shown = await member.slash(channel, "similarity map")
    assert answer(shown).attachments == []
    assert (public_card(shown).text or "").splitlines()[-1] == (
        "*A flat map would show only 18% of the differences between these texts, so here are the groups as a list.*"
    )


async def test_a_dataset_can_be_mapped_by_those_who_manage_the_server_alone(
    app: App, env: Env, channel: ChannelHandle, admin: MemberActor, member: MemberActor
) -> None:
    await stock(app, admin.guild.id, "jokes", content=None)
    refused = await member.slash(channel, "similarity map", dataset="jokes")
    assert refusal(env, refused) == "You need the Manage Server permission for this."
    mapped = private_card(await admin.slash(channel, "similarity map", dataset="jokes"))
    assert mapped.title == "“jokes”: 12 texts by meaning"


async def test_near_duplicates_are_pointed_out_when_a_dataset_is_uploaded(
    server: FakeModelServer, channel: ChannelHandle, admin: MemberActor
) -> None:
    take = {f"{number:02}": float(number * 20) for number in range(1, 13)} | {"07": 121.0}
    server.vector = lambda text: at(take[text.split("take ")[1][:2]])
    uploaded = await admin.slash(channel, "dataset upload", file=("jokes.jsonl", training_file()))
    fields = public_card(uploaded).fields
    title = "1 pair says nearly the same (of the first 12 examples)"
    said = "Examples 6 and 7 (100% alike): It quacked. Haha\nTraining counts twice what is said twice."
    assert fields[title] == said


SECRET = "The vicar waters his orchids at midnight 40"


@pytest.mark.usefixtures("angles")
async def test_a_picked_message_is_used_for_its_answer_and_stays_in_no_table_and_no_log(
    app: App, server: FakeModelServer, home: Place, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await tell(server, home.channel, home.member, 41)
    await home.member.slash(home.channel, "similarity compare", first="a 0", second="b 70")
    message = await home.admin.send(home.channel, SECRET)

    compared = private_card(await home.member.context_menu(home.channel, "Compare with my last text", message))
    assert compared.title == "0.87 – almost the same meaning"
    assert (compared.text or "").endswith("\n2. Your last text: b 70")
    similar = private_card(await home.member.context_menu(home.channel, "Find similar", message))
    assert similar.text == "**1.** `1.00` 🎭 Joke number 41"
    assert SECRET not in str((compared, similar))

    tables = await app.database.fetch_all("SELECT name FROM sqlite_master WHERE type = 'table'")
    stored = [value for table in tables for row in await rows(app, table["name"]) for value in row.values()]
    assert not any("vicar" in value for value in stored if isinstance(value, str))
    assert not any(b"vicar" in value or value == hashed(SECRET) for value in stored if isinstance(value, bytes))
    assert "vicar" not in caplog.text
    assert app.meaning.embeddings.recall(home.guild.id, "text-embedding-3-small", [SECRET]) is None
    assert await app.meaning.search.last_text(home.guild.id, home.member.id) == "b 70"


async def test_a_picked_card_of_the_bot_is_read_without_its_escapes(
    server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    await member.slash(channel, "similarity compare", first="a_b", second="*c*")
    card_message = public(channel)[-1]
    await member.context_menu(channel, "Compare with my last text", card_message)
    asked = [text for call in server.calls("embeddings") for text in call.body["input"]]
    assert any("1. a_b 2. *c*" in text for text in asked)


async def test_a_message_without_text_and_a_member_without_one_are_told_so(
    env: Env, channel: ChannelHandle, member: MemberActor
) -> None:
    message = await member.send(channel, "some text")
    result = await member.context_menu(channel, "Compare with my last text", message)
    assert refusal(env, result).startswith("You have not typed anything to compare with yet.")
    picture = await member.send(channel, "", attachments=[("duck.png", b"png")])
    for menu in ("Compare with my last text", "Find similar"):
        result = await member.context_menu(channel, menu, picture)
        assert refusal(env, result) == "There is no text in this message to compare. Pick a message with some."


async def test_a_repeated_pair_is_answered_at_once_without_a_request(
    app: App, env: Env, server: FakeModelServer, channel: ChannelHandle, member: MemberActor
) -> None:
    first = await member.slash(channel, "similarity compare", first="apples", second="pears")
    server.script("embeddings", replies.error(500))
    again = await member.slash(channel, "similarity compare", first="apples", second="pears")
    assert public_card(again) == public_card(first)
    callbacks = [request.json for request in env.http_requests if request.path.endswith("/callback")]
    assert [body["type"] for body in callbacks if isinstance(body, dict)] == [DEFER, MESSAGE]
    assert (len(server.calls("embeddings")), len(await rows(app, "usage"))) == (1, 1)
