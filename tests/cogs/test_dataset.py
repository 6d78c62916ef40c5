"""`/dataset`: files are checked on the way in, and one with errors leaves nothing behind."""

import hashlib
from typing import Any

import discord
import pytest
from simcord import ChannelHandle, Env, MemberActor

import bot.datasets.service
from bot.app import App
from tests.bot.parts import path_of
from tests.cogs.conftest import Place
from tests.cogs.seen import Card, example, names, private_card, public, public_card, refusal, rows, training_file
from tests.cogs.stock import stock

SHORT = b"\n".join([example("A duck", "Quack. Haha")] * 9)
FACTS = "12 examples, about 312 tokens, 2.0 kB"


async def test_an_upload_is_kept_under_the_files_name_and_its_facts_are_shown(
    app: App, channel: ChannelHandle, admin: MemberActor
) -> None:
    content = training_file()
    saved = await admin.slash(channel, "dataset upload", file=("ducks.jsonl", content))
    text = f"{FACTS}\nNo problems found.\n`/finetune launch` trains a model on it."
    assert public_card(saved) == Card("Saved “ducks”", text)
    (row,) = await rows(app, "datasets")
    assert (row["guild_id"], row["created_by"], row["name"]) == (admin.guild.id, admin.id, "ducks")
    assert (row["examples"], row["bytes"], row["tokens"]) == (12, len(content), 312)
    assert row["sha256"] == hashlib.sha256(content).hexdigest()
    (dataset,) = await app.datasets.list(admin.guild.id)
    assert path_of(app, dataset).read_bytes() == content


ERRORS = {
    "not JSON": (
        training_file() + b"jokes!\n",
        "Line 13: is not JSON (column 1); each line must be one JSON object.",
    ),
    "fewer than ten": (SHORT, "A training file needs at least 10 examples, and this one has 9."),
    "no answer": (
        training_file() + example("A duck", None),
        "Line 13: message 3 (assistant) has no content; it must have text.",
    ),
    "a wrong role": (
        training_file() + example("A duck", "Quack").replace(b'"user"', b'"[x](https://x)"'),
        "Line 13: message 2 has the unknown role “\\[x\\](https\\://x)”; use system, user or assistant.",
    ),
    "a picture": (
        b"\x89PNG\r\n" + training_file(),
        "This file is a PNG picture. Save the examples as JSON Lines, and upload that.",
    ),
}


@pytest.mark.parametrize("error", ERRORS)
async def test_a_file_with_an_error_is_refused_with_its_line_and_nothing_is_stored(
    app: App, env: Env, channel: ChannelHandle, admin: MemberActor, error: str
) -> None:
    content, said = ERRORS[error]
    result = await admin.slash(channel, "dataset upload", file=("ducks.jsonl", content))
    assert refusal(env, result) == f"Nothing was saved.\n{said}"
    await _nothing_is_stored(app)
    assert public(channel) == []


async def _nothing_is_stored(app: App) -> None:
    assert await rows(app, "datasets") == []
    assert list(app.settings.files_folder.glob("*")) == []


async def test_many_errors_come_in_one_message_that_fits(
    app: App, env: Env, channel: ChannelHandle, admin: MemberActor
) -> None:
    lines = example("A duck", "Quack").replace(b'"user"', b'"' + b"m" * 500 + b'"') + b"\n"
    said = refusal(env, await admin.slash(channel, "dataset upload", file=("ducks.jsonl", lines * 70)))
    first, *errors, rest = said.split("\n")
    assert first == "Nothing was saved."
    assert [error[:7] for error in errors] == [f"Line {number}:" for number in range(1, 6)]
    assert rest == "… and 65 more."
    await _nothing_is_stored(app)


async def test_a_file_over_the_limit_is_refused_before_it_is_read(
    app: App, env: Env, channel: ChannelHandle, admin: MemberActor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.datasets.service, "MAX_UPLOAD_BYTES", 1_000_000)
    result = await admin.slash(channel, "dataset upload", file=("ducks.jsonl", b"x" * 3_000_000))
    said = "That is 3 MB, and an upload may have at most 1 MB. Split it into smaller files."
    assert refusal(env, result) == said
    await _nothing_is_stored(app)


@pytest.mark.parametrize("name", ["Ducks", "ducks", " ducks "])
async def test_a_name_is_taken_once_whatever_its_case(
    app: App, env: Env, channel: ChannelHandle, admin: MemberActor, name: str
) -> None:
    await stock(app, admin.guild.id, "Ducks")
    result = await admin.slash(channel, "dataset upload", file=("geese.jsonl", training_file(11)), name=name)
    said = f"There is already a dataset “{name.strip()}”. Choose another name with `name`."
    assert refusal(env, result) == said
    assert len(await rows(app, "datasets")) == 1
    assert len(list(app.settings.files_folder.glob("*"))) == 1


@pytest.mark.parametrize("name", ["   ", "@everyone", "../../etc", "🦆"])
async def test_a_name_that_cannot_be_one_is_refused(
    app: App, env: Env, channel: ChannelHandle, admin: MemberActor, name: str
) -> None:
    result = await admin.slash(channel, "dataset upload", file=("a.jsonl", training_file()), name=name)
    assert refusal(env, result).startswith("A dataset's name has 1 to 40 letters, digits, spaces, dots, dashes")
    await _nothing_is_stored(app)


@pytest.mark.parametrize(
    ("filename", "title", "name"),
    [("ducks.jsonl", None, "ducks"), (".jsonl", "шутки", "шутки"), ("v1.jsonl", "v1.5 утки.jsonl", "v1.5 утки")],
)
async def test_a_dataset_is_called_as_the_member_called_the_file(
    app: App,
    channel: ChannelHandle,
    admin: MemberActor,
    monkeypatch: pytest.MonkeyPatch,
    filename: str,
    title: str | None,
    name: str,
) -> None:
    known = discord.Attachment.__init__

    def titled(self: discord.Attachment, **values: Any) -> None:
        known(self, **values)
        self.title = title

    monkeypatch.setattr(discord.Attachment, "__init__", titled)
    saved = await admin.slash(channel, "dataset upload", file=(filename, training_file()))
    assert public_card(saved).title == f"Saved “{name}”"


async def test_half_a_character_is_never_sent_back(
    app: App, env: Env, channel: ChannelHandle, admin: MemberActor
) -> None:
    for command, options in (
        ("dataset show", {"name": "\ud83d"}),
        ("dataset split", {"name": "\ud83d"}),
        ("dataset upload", {"file": ("\ud83d.jsonl", training_file())}),
        ("dataset upload", {"file": ("a", b"{}"), "file2": ("\ud83d", b"{}"), "name": "ok"}),
    ):
        assert refusal(env, await admin.slash(channel, command, **options)).encode()
    await _nothing_is_stored(app)


async def test_the_list_shows_this_servers_datasets_newest_first(app: App, home: Place, elsewhere: Place) -> None:
    none = await home.admin.slash(home.channel, "dataset list")
    hint = "`/dataset upload` takes a JSON Lines file of at least ten examples."
    assert private_card(none) == Card("No datasets yet", hint)
    await stock(app, home.guild.id, "ducks", "geese")
    await stock(app, elsewhere.guild.id, "secret")
    listed = await home.admin.slash(home.channel, "dataset list")
    version = hashlib.sha256(training_file()).hexdigest()[:8]
    text = f"**geese** `{version}`: {FACTS}\n**ducks** `{version}`: {FACTS}"
    assert private_card(listed) == Card("Datasets", text)


async def test_a_long_list_says_what_it_leaves_out(app: App, home: Place) -> None:
    await stock(app, home.guild.id, *(f"{number:02}-{'d' * 37}" for number in range(1, 28)))
    lines = (private_card(await home.admin.slash(home.channel, "dataset list")).text or "").split("\n")
    assert [line[:5] for line in lines] == [*(f"**{number:02}-" for number in range(27, 2, -1)), "… and"][:26]
    assert lines[-1] == "… and 2 older"


async def test_a_dataset_is_shown_with_its_first_examples(app: App, home: Place, elsewhere: Place, env: Env) -> None:
    await stock(app, home.guild.id, "ducks")
    shown = private_card(await home.admin.slash(home.channel, "dataset show", name="DUCKS"))
    examples = {f"Example {number}: A duck, take 0{number}": "It quacked. Haha" for number in (1, 2, 3)}
    (row,) = await rows(app, "datasets")
    footer = f"SHA-256 {row['sha256'][:16]}…"
    assert shown == Card("Dataset “ducks”", FACTS, footer, {**examples, "System message": "Tell a joke."})

    theirs = await elsewhere.admin.slash(elsewhere.channel, "dataset show", name="ducks")
    assert refusal(env, theirs) == "There is no dataset “ducks” here. `/dataset list` shows what there is."


async def test_long_examples_are_cut_so_that_a_phone_can_show_them(app: App, home: Place) -> None:
    content = b"\n".join([example("s" * 5000, "j" * 5000, "S" * 5000)] * 10)
    await stock(app, home.guild.id, "long", content=content)
    shown = private_card(await home.admin.slash(home.channel, "dataset show", name="long")).fields
    assert {(len(name or ""), len(value or "")) for name, value in shown.items()} == {(256, 300), (14, 300)}


async def test_a_name_longer_than_a_message_is_still_answered(
    env: Env, channel: ChannelHandle, admin: MemberActor
) -> None:
    said = refusal(env, await admin.slash(channel, "dataset show", name="n" * 3000))
    assert said.startswith("There is no dataset “nnn")
    assert len(said) == 2000


async def test_names_complete_themselves_from_this_server_alone(app: App, home: Place, elsewhere: Place) -> None:
    await stock(app, home.guild.id, *(f"ducks {number:02}" for number in range(1, 31)))
    await stock(app, elsewhere.guild.id, "ducks of others")
    for command, option in (("dataset show", "name"), ("finetune launch", "dataset")):
        offered = names(await home.admin.autocomplete(home.channel, command, option, "DUCK"))
        assert offered == [f"ducks {number:02}" for number in range(30, 5, -1)]
        assert names(await home.admin.autocomplete(home.channel, command, option, "")) == offered
        assert names(await home.admin.autocomplete(home.channel, command, option, "07")) == ["ducks 07"]
        assert names(await home.admin.autocomplete(home.channel, command, option, "swan")) == []
