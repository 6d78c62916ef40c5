"""`/dataset upload` of several files, `check`, `split`, `export`, `remove`."""

import io
from unittest.mock import Mock

import discord
import pytest
from PIL import Image
from simcord import Env, InteractionResult

from bot.app import App
from tests.bot.parts import path_of
from tests.cogs.conftest import Background, Place
from tests.cogs.seen import (
    Card,
    answer,
    buttons,
    card,
    example,
    names,
    private_card,
    public,
    public_card,
    refusal,
    rows,
    training_file,
)
from tests.cogs.stock import launched, stock
from tests.wire import replies
from tests.wire.model_server import FakeModelServer

WARNED = "\n".join(
    [
        "13 examples, about 340 tokens, 2.1 kB",
        "`/finetune launch` trains a model on it.",
        "",
        "⚠️ close to a scenario that is reserved for testing: 1 example",
        "⚠️ ending differently from the rest: 1 example",
    ]
)


async def files_of(result: InteractionResult) -> dict[str, bytes]:
    return {attachment.filename: await attachment.read() for attachment in answer(result).attachments}


async def test_several_files_become_one_and_what_is_left_out_is_named(app: App, home: Place) -> None:
    more = training_file(13)
    saved = await home.admin.slash(
        home.channel, "dataset upload", file=("ducks.jsonl", training_file()), name="all", file2=("more.jsonl", more)
    )
    shown = public_card(saved)
    assert shown.title == "Saved “all”"
    assert (shown.text or "").split("\n")[-1] == "⚠️ repeated, and left out: 12 examples"
    left_out = (shown.fields["Warnings"] or "").split("\n")
    assert left_out[0] == "more.jsonl, line 1: is the same as line 1 of ducks.jsonl, and left out."
    assert (len(left_out), left_out[-1]) == (6, "… and 7 more")
    (dataset,) = await app.datasets.list(home.guild.id)
    assert path_of(app, dataset).read_bytes() == more


async def test_an_error_in_one_of_several_files_refuses_all(app: App, env: Env, home: Place) -> None:
    files = {"file": ("ducks.jsonl", training_file()), "file5": ("bad.jsonl", b"quack\n")}
    said = refusal(env, await home.admin.slash(home.channel, "dataset upload", **files))
    assert said == (
        "Nothing was saved.\n"
        'bad.jsonl: This file is plain text. Write each example as a line such as `{"messages": [...]}`.'
    )
    assert await rows(app, "datasets") == []
    assert list(app.settings.files_folder.glob("*")) == []


async def test_warnings_come_with_the_upload_and_keep_nothing_back(app: App, home: Place) -> None:
    content = training_file() + example("A fox reading a newspaper", "It quacked.")
    kept = public_card(await home.admin.slash(home.channel, "dataset upload", file=("ducks.jsonl", content)))
    assert kept == Card(
        "Saved “ducks”",
        WARNED,
        None,
        {
            "Warnings": "Line 13: is nearly a scenario that is reserved for testing: “A fox reading a newspaper”.\n"
            "Line 13: the answer does not end in “ Haha” as most do."
        },
    )
    assert len(await rows(app, "datasets")) == 1


async def test_known_content_under_a_new_name_is_pointed_out(app: App, home: Place) -> None:
    await stock(app, home.guild.id, "ducks")
    kept = await home.admin.slash(home.channel, "dataset upload", file=("geese.jsonl", training_file()))
    assert (public_card(kept).text or "").endswith("\nIt has the same content as “ducks”.")


async def test_a_file_that_discord_does_not_hand_out_is_said_so(
    app: App, env: Env, home: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(_attachment: discord.Attachment) -> bytes:
        raise discord.HTTPException(Mock(status=404, reason="Not Found"), "asset not found")

    monkeypatch.setattr(discord.Attachment, "read", gone)
    result = await home.admin.slash(home.channel, "dataset upload", file=("ducks.jsonl", training_file()))
    assert refusal(env, result) == "Discord did not hand the file over. Upload it again."
    assert await rows(app, "datasets") == []
    assert list(app.settings.files_folder.glob("*")) == []


async def test_a_check_shows_counts_warnings_and_a_picture(app: App, home: Place) -> None:
    content = training_file() + example("A fox reading a newspaper", "It quacked.")
    await stock(app, home.guild.id, "ducks", content=content)
    result = await home.admin.slash(home.channel, "dataset check", name="ducks")
    (row,) = await rows(app, "datasets")
    shown = private_card(result)
    assert shown.title == "Check of “ducks”"
    assert shown.footer == f"SHA-256 {row['sha256'][:16]}…"
    assert (shown.text or "").split("\n")[0] == "Problems found: 2."
    warnings = shown.fields["Warnings"] or ""
    assert {name: value for name, value in shown.fields.items() if name != "Warnings"} == {
        "Examples": "13",
        "Tokens": "340 (an estimate)",
        "Tokens each": "26 to 28, half have 26 or fewer",
        "Answers end in": "“Haha”: 92%",
    }
    assert [line[:8] for line in warnings.split("\n")] == ["Line 13:", "Line 13:"]
    (attachment,) = answer(result).attachments
    assert attachment.filename == "tokens.png"
    assert attachment.description == (
        "Histogram of tokens an example: from 26 to 28, half of the examples have 26 or fewer."
    )
    assert Image.open(io.BytesIO(await attachment.read())).width == 780


async def test_a_check_of_much_that_is_odd_still_fits(app: App, home: Place) -> None:
    lines = [example(f"A duck {n}", "Quack. Haha") for n in range(400)]
    lines += [example("A fox *reading* a newspaper " + "`" * 300, f"Quack {n}.") for n in range(99)]
    await stock(app, home.guild.id, "ducks", content=b"\n".join(lines))
    shown = private_card(await home.admin.slash(home.channel, "dataset check", name="ducks"))
    warnings = shown.fields["Warnings"] or ""
    assert len(warnings) <= 1024
    assert warnings.split("\n")[-1].endswith(" more")
    assert "⚠️ ending differently from the rest: 99 examples" in (shown.text or "")


async def test_a_split_says_what_it_holds_and_how_to_repeat_it(app: App, home: Place) -> None:
    await stock(app, home.guild.id, "ducks", content=training_file(40))
    result = await home.admin.slash(home.channel, "dataset split", name="ducks", share=25, seed=7)
    _, row = await rows(app, "datasets")
    facts = f"30 examples and 10 for validation, about {row['tokens']} tokens, {row['bytes'] / 1000:.1f} kB"
    assert public_card(result) == Card(
        "Saved “ducks split”",
        f"{facts}\n"
        "Seed 7 chose what is held back; the same seed makes the same split of “ducks”.\n"
        "`/finetune launch` trains on one part and measures the loss on the other.",
    )
    assert (row["examples"], row["validation_examples"]) == (30, 10)


async def test_without_a_seed_one_is_drawn_and_shown(app: App, home: Place) -> None:
    await stock(app, home.guild.id, "ducks", content=training_file(40))
    text = public_card(await home.admin.slash(home.channel, "dataset split", name="ducks")).text or ""
    assert text.startswith("36 examples and 4 for validation")
    assert text.split("\n")[1].split()[1].isdigit()


async def test_too_few_examples_are_not_split(app: App, env: Env, home: Place) -> None:
    await stock(app, home.guild.id, "ducks")
    said = refusal(env, await home.admin.slash(home.channel, "dataset split", name="ducks", share=50))
    assert said == "That would leave 6 examples to train on, and at least 10 are needed. Choose a smaller `share`."
    assert public(home.channel) == []


async def test_an_export_is_what_was_uploaded(app: App, home: Place, elsewhere: Place, env: Env) -> None:
    await stock(app, home.guild.id, "ducks", content=training_file(40))
    result = await home.admin.slash(home.channel, "dataset export", name="ducks")
    assert answer(result).ephemeral
    assert await files_of(result) == {"ducks.jsonl": training_file(40)}
    await home.admin.slash(home.channel, "dataset split", name="ducks")
    parts = await files_of(await home.admin.slash(home.channel, "dataset export", name="ducks split"))
    assert sorted(b"".join(parts.values()).splitlines()) == sorted(training_file(40).splitlines())
    assert sorted(parts) == ["ducks split.jsonl", "ducks split.validation.jsonl"]
    theirs = await elsewhere.admin.slash(elsewhere.channel, "dataset export", name="ducks")
    assert refusal(env, theirs) == "There is no dataset “ducks” here. `/dataset list` shows what there is."


@pytest.mark.parametrize(("limit", "sent"), [(9_000, True), (5_000, False)])
async def test_an_export_is_refused_where_its_files_together_are_too_large(
    app: App, env: Env, home: Place, monkeypatch: pytest.MonkeyPatch, limit: int, sent: bool
) -> None:
    await stock(app, home.guild.id, "ducks", content=training_file(40))
    await home.admin.slash(home.channel, "dataset split", name="ducks", share=50)
    monkeypatch.setattr(
        discord.Interaction, "filesize_limit", property(lambda _: limit, lambda *_: None), raising=False
    )
    result = await home.admin.slash(home.channel, "dataset export", name="ducks split")
    if sent:
        assert len(answer(result).attachments) == 2
        return
    _, row = await rows(app, "datasets")
    assert refusal(env, result) == (
        "Discord takes 0.0 MB at a time here, and “ducks split” is 0.0 MB. The bot's operator has it beside the database: "
        f"{row['sha256']}.jsonl, {row['validation_sha256']}.jsonl."
    )


async def test_train_on_this_opens_the_quote_that_launch_would(app: App, env: Env, home: Place) -> None:
    uploaded = await home.admin.slash(home.channel, "dataset upload", file=("ducks.jsonl", training_file()))
    (dataset,) = await app.datasets.list(home.guild.id)
    assert buttons(answer(uploaded)) == [("🚂 Train on this", f"train:{dataset.id}")]
    quoted = await home.admin.click(answer(uploaded), label="Train on this")
    launched_ = await home.admin.slash(home.channel, "finetune launch", dataset="ducks")
    assert public_card(quoted) == public_card(launched_)
    assert [face for face, _ in buttons(answer(quoted))] == ["🚀 Launch", "Cancel"]
    refused = await home.member.click(answer(uploaded), label="Train on this")
    assert refusal(env, refused) == "You need the Manage Server permission for this."


async def test_train_on_this_says_when_the_dataset_is_gone(app: App, env: Env, home: Place) -> None:
    uploaded = await home.admin.slash(home.channel, "dataset upload", file=("ducks.jsonl", training_file()))
    (dataset,) = await app.datasets.list(home.guild.id)
    await app.datasets.remove(home.guild.id, dataset.id)
    said = refusal(env, await home.admin.click(answer(uploaded), label="Train on this"))
    assert said == "This dataset was deleted. `/dataset list` shows what there is."


async def test_examples_that_use_tools_are_named_on_every_card(app: App, home: Place) -> None:
    tools = [b'{"tools": [{"type": "function"}], ' + one[1:] for one in training_file(12).splitlines()]
    uploaded = await home.admin.slash(home.channel, "dataset upload", file=("ducks.jsonl", b"\n".join(tools)))
    note = "12 examples use tools. OpenAI trains on them; Punchline's own engine does not."
    shown = await home.admin.slash(home.channel, "dataset show", name="ducks")
    checked = await home.admin.slash(home.channel, "dataset check", name="ducks")
    for result in (uploaded, shown, checked):
        assert note in (card(answer(result)).text or "")


async def test_what_a_file_says_is_shown_as_it_was_typed(app: App, home: Place) -> None:
    content = b"\n".join(example("[Free](https://evil.example) <@1>", f"**{n}** _Haha_") for n in range(12))
    await stock(app, home.guild.id, "my_file_1", content=content)
    shown = private_card(await home.admin.slash(home.channel, "dataset show", name="my_file_1"))
    assert shown.title == "Dataset “my\\_file\\_1”"
    assert shown.fields["Example 1: \\[Free\\](https\\://evil.example) \\<@1\\>"] == "\\*\\*0\\*\\* \\_Haha\\_"


async def test_a_dataset_is_removed_after_a_question(app: App, home: Place) -> None:
    await stock(app, home.guild.id, "ducks")
    (row,) = await rows(app, "datasets")
    asked = await home.admin.slash(home.channel, "dataset remove", name="ducks")
    assert answer(asked).ephemeral
    assert answer(asked).content == "Delete “ducks” with its 12 examples? Models that were trained on it stay."
    assert buttons(answer(asked)) == [("🗑️ Delete", f"remove-dataset:{row['id']}")]
    assert [row["removed_at"] for row in await rows(app, "datasets")] == [None]

    done = await home.admin.click(answer(asked), label="Delete")
    assert answer(done).content == "Deleted “ducks”."
    assert [row["removed_at"] is None for row in await rows(app, "datasets")] == [False]
    assert names(await home.admin.autocomplete(home.channel, "dataset show", "name", "")) == []
    assert list(app.settings.files_folder.glob("*")) == []


async def test_a_dataset_that_a_job_uses_stays(app: App, env: Env, home: Place) -> None:
    await stock(app, home.guild.id, "ducks")
    asked = await home.admin.slash(home.channel, "dataset remove", name="ducks")
    job = await launched(app, home.guild.id, "ducks")
    said = refusal(env, await home.admin.click(answer(asked), label="Delete"))
    assert said == (
        f"Job {job.id} is training on “ducks”. Wait for it, or stop it with `/finetune cancel {job.id}`; then delete the dataset."
    )
    assert len(await app.datasets.list(home.guild.id)) == 1


async def test_the_question_names_the_copies_at_the_model_server(
    app: App, home: Place, server: FakeModelServer, background: Background
) -> None:
    await stock(app, home.guild.id, "ducks")
    await launched(app, home.guild.id, "ducks")
    await background.track()
    (remote_id,) = server.jobs.jobs
    server.script("delete_file", *[replies.error(403)] * 4)
    server.jobs.finish(remote_id)
    await background.track()
    asked = answer(await home.admin.slash(home.channel, "dataset remove", name="ducks"))
    assert asked.content == (
        "Delete “ducks” with its 12 examples? Models that were trained on it stay.\n"
        "The model server still has copies of it, from 1 job. Punchline tries to delete them for two weeks after a job has"
        " ended. After that, delete them at the model server."
    )
