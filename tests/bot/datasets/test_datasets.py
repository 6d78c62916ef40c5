"""Datasets on their way in: kept whole under a name, or not at all."""

import hashlib
import json
import os
import stat
import unicodedata
from pathlib import Path

import pytest

from bot.app import App
from bot.datasets.examples import Example
from bot.datasets.service import MAX_UPLOAD_BYTES
from bot.errors import ConflictError, InvalidInputError, NotFoundError, UserError
from bot.settings import Settings
from bot.store.datasets import Dataset
from tests.bot.datasets.checking import checked
from tests.bot.parts import (
    ADMIN,
    GUILD,
    OTHER_GUILD,
    START,
    content_of,
    count,
    example,
    on_both,
    stored,
    training_file,
    upload,
)

BAD_NAME = (
    "A dataset's name has 1 to 40 letters, digits, spaces, dots, dashes, plus signs or underscores, "
    "and starts with a letter, a digit or an underscore. Choose another with `name`."
)


@pytest.fixture
def folder(settings: Settings) -> Path:
    return settings.files_folder


async def refusal(app: App, content: bytes, *, name: str | None = "jokes") -> UserError:
    with pytest.raises(UserError) as refused:
        await upload(app, content, name=name)
    return refused.value


@on_both
async def test_a_good_file_is_kept_under_its_hash_with_what_it_holds(app: App) -> None:
    content = training_file(12)
    dataset = await upload(app, content)
    assert (dataset.guild_id, dataset.name, dataset.created_by, dataset.created_at) == (GUILD, "jokes", ADMIN, START)
    assert (dataset.bytes, dataset.examples) == (len(content), 12)
    assert dataset.tokens == checked(content).tokens
    assert dataset.sha256 == hashlib.sha256(content).hexdigest()
    assert await stored(app.settings) == [f"{dataset.sha256}.jsonl"]
    assert await content_of(app, dataset) == content
    assert await app.datasets.get(GUILD, "Jokes") == dataset


async def test_without_a_name_it_takes_the_files(app: App) -> None:
    assert (await upload(app, training_file(), name=None)).name == "from discord"


async def test_spaces_in_a_name_are_tidied(app: App) -> None:
    assert (await upload(app, training_file(), name="  our   jokes ")).name == "our jokes"


@pytest.mark.parametrize(
    "name",
    [
        "шутки",
        "日本語 1.2",
        "نكات",
        "می‌خواهم",
        "हिंदी चुटकुले",
        "한국어",
        "ไทย",
        "e\u0301te\u0301",
        "Späße",
        "_x",
        "é" * 40,
    ],
)
async def test_letters_and_digits_of_any_language_make_a_name(app: App, name: str) -> None:
    dataset = await upload(app, training_file(), name=name)
    assert dataset.name == unicodedata.normalize("NFC", name)
    assert await app.datasets.get(GUILD, name) == dataset


@pytest.mark.parametrize(
    "name",
    [
        *[
            " ",
            "x" * 41,
            "é" * 41,
            "../jokes",
            "jokes\n@everyone `",
            "-jokes",
            ".a",
            "a/b",
            "<x>",
            "🦆",
            "a🦆",
            "\ud83d",
            "a\ud83d",
        ],
        *[
            "a\u200bb",
            "a\u202eb",
            "\u200ea",
            "a\u200db",
            "a\u00adb",
            "\u3164",
            "a\ufe0f",
            "a\x00",
            "\u0301a",
            "a" + "\u0301" * 120,
        ],
    ],
)
async def test_other_names_are_refused(app: App, name: str) -> None:
    error = await refusal(app, training_file(), name=name)
    assert str(error) == BAD_NAME
    assert await stored(app.settings) == []


@pytest.mark.parametrize(("first", "second"), [("Шутки", "шУТКИ"), ("Straße", "STRASSE"), ("می‌خواهم", "میخواهم")])
async def test_names_in_any_script_differ_in_more_than_case(app: App, first: str, second: str) -> None:
    dataset = await upload(app, training_file(), name=first)
    assert isinstance(await refusal(app, training_file(11), name=second), ConflictError)
    assert await app.datasets.get(GUILD, f"  {second} ") == dataset


async def test_half_a_character_names_no_dataset(app: App) -> None:
    with pytest.raises(NotFoundError):
        await app.datasets.get(GUILD, "\ud83d")


@on_both
async def test_every_error_is_named_and_nothing_is_stored(app: App) -> None:
    error = await refusal(app, training_file() + b"{}\nscenario\n")
    assert isinstance(error, InvalidInputError)
    assert str(error) == (
        "Nothing was saved.\n"
        'Line 11: has no messages; it must look like `{"messages": [...]}`.\n'
        "Line 12: is not JSON (column 1); each line must be one JSON object."
    )
    assert (await stored(app.settings), await count(app.database, "datasets")) == ([], 0)


async def test_of_very_many_errors_the_first_five_are_named(app: App) -> None:
    lines = str(await refusal(app, b"{}\n" * 100)).splitlines()
    assert [line.split(":")[0] for line in lines[1:-1]] == [f"Line {number}" for number in range(1, 6)]
    assert lines[-1] == "… and 95 more."


async def test_too_few_examples_are_refused(app: App) -> None:
    assert str(await refusal(app, training_file(9))) == (
        "Nothing was saved.\nA training file needs at least 10 examples, and this one has 9."
    )
    assert await stored(app.settings) == []


async def test_examples_that_use_tools_are_counted_in_the_row(app: App) -> None:
    called = json.dumps({**example(), "tools": [{"type": "function"}]}).encode() + b"\n"
    dataset = await upload(app, training_file() + called)
    assert (dataset.examples, dataset.tool_examples) == (11, 1)


@on_both
async def test_a_name_that_is_taken_is_refused_and_what_was_there_stays(app: App) -> None:
    first = await upload(app, training_file(10))
    error = await refusal(app, training_file(11), name="JOKES")
    assert isinstance(error, ConflictError)
    assert str(error) == "There is already a dataset “JOKES”. Choose another name with `name`."
    assert await stored(app.settings) == [f"{first.sha256}.jsonl"]
    assert await app.datasets.list(GUILD) == (first,)


def test_a_file_over_the_limit_is_refused_before_it_is_read(app: App, folder: Path) -> None:
    with pytest.raises(InvalidInputError) as refused:
        app.datasets.incoming(2 * MAX_UPLOAD_BYTES)
    assert str(refused.value) == "That is 210 MB, and an upload may have at most 105 MB. Split it into smaller files."
    assert not folder.exists()


@on_both
async def test_two_servers_may_have_the_same_file_and_name(app: App) -> None:
    mine, theirs = await upload(app, training_file()), await upload(app, training_file(), guild_id=OTHER_GUILD)
    assert (mine.sha256, mine.name) == (theirs.sha256, theirs.name)
    assert (await app.datasets.list(GUILD), await app.datasets.list(OTHER_GUILD)) == ((mine,), (theirs,))
    assert len(await stored(app.settings)) == 1


async def test_another_servers_dataset_does_not_exist_here(app: App) -> None:
    await upload(app, training_file(), guild_id=OTHER_GUILD)
    with pytest.raises(NotFoundError) as refused:
        await app.datasets.get(GUILD, "jokes")
    assert str(refused.value) == "There is no dataset “jokes” here. `/dataset list` shows what there is."


@on_both
async def test_a_sample_shows_the_first_examples(app: App) -> None:
    dataset = await upload(app, training_file())
    assert await app.datasets.sample(dataset, 2) == tuple(
        Example("You joke.", f"Scenario {number}", "He walked into a bar. Haha") for number in (1, 2)
    )


@on_both
async def test_what_a_killed_bot_left_half_uploaded_is_swept_away_when_it_runs_again(app: App) -> None:
    kept = await upload(app, training_file())
    left = app.datasets.incoming(3)
    left.write_bytes(b"{}\n")
    async with app.running():
        assert await stored(app.settings) == [f"{kept.sha256}.jsonl"]


async def test_dataset_files_are_for_the_bots_user_alone_whatever_the_umask_and_old_ones_too(
    app: App, folder: Path
) -> None:
    before = os.umask(0)
    try:
        await upload(app, training_file(40))
        await app.datasets.split(GUILD, ADMIN, "jokes", 20, 1)
    finally:
        os.umask(before)
    assert modes(folder) == [0o700, 0o600, 0o600, 0o600]
    open_to_all(folder)
    await app.datasets.sweep()
    assert modes(folder) == [0o700, 0o600, 0o600, 0o600]


def open_to_all(folder: Path) -> None:
    for path in (folder, *folder.iterdir()):
        path.chmod(0o755)


def modes(folder: Path) -> list[int]:
    return [stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())]


@on_both
async def test_a_dataset_that_is_deleted_while_its_file_is_read_is_said_to_be_gone(app: App) -> None:
    dataset = await upload(app, training_file())
    await app.datasets.remove(GUILD, dataset.id)
    for reading in (app.datasets.check(dataset), app.datasets.sample(dataset), exported(app, dataset)):
        with pytest.raises(NotFoundError, match="This dataset was deleted"):
            await reading


async def exported(app: App, dataset: Dataset) -> list[str]:
    async with app.datasets.export(dataset, 10**6) as paths:
        return list(paths)
