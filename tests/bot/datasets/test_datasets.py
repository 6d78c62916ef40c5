"""Datasets on their way in: kept whole under a name, or not at all."""

import hashlib
from pathlib import Path

import pytest

from bot.app import App
from bot.datasets.checker import check
from bot.datasets.rules import MAX_BYTES
from bot.datasets.service import Example
from bot.errors import ConflictError, InvalidInputError, NotFoundError, UserError
from bot.settings import Settings
from tests.bot.parts import ADMIN, GUILD, OTHER_GUILD, START, count, training_file, upload

BAD_NAME = (
    "A dataset's name has 1 to 40 letters, digits, spaces, dots, dashes or underscores. Choose another with `name`."
)


@pytest.fixture
def folder(settings: Settings) -> Path:
    return settings.database_path.with_suffix(".files")


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def refusal(app: App, content: bytes, *, name: str | None = "jokes") -> UserError:
    with pytest.raises(UserError) as refused:
        await upload(app, content, name=name)
    return refused.value


async def test_a_good_file_is_kept_under_its_hash_with_what_it_holds(app: App, folder: Path) -> None:
    content = training_file(12)
    dataset = await upload(app, content)
    assert (dataset.guild_id, dataset.name, dataset.created_by, dataset.created_at) == (GUILD, "jokes", ADMIN, START)
    assert (dataset.bytes, dataset.examples) == (len(content), 12)
    assert dataset.tokens == check(content.splitlines()).tokens
    assert dataset.sha256 == hashlib.sha256(content).hexdigest()
    assert names_in(folder) == [f"{dataset.sha256}.jsonl"]
    assert app.datasets.path(dataset).read_bytes() == content
    assert await app.datasets.get(GUILD, "Jokes") == dataset


async def test_without_a_name_it_takes_the_files(app: App) -> None:
    assert (await upload(app, training_file(), name=None)).name == "from discord"


async def test_spaces_in_a_name_are_tidied(app: App) -> None:
    assert (await upload(app, training_file(), name="  our   jokes ")).name == "our jokes"


@pytest.mark.parametrize("name", [" ", "x" * 41, "../jokes", "jokes\n@everyone `", "Späße", "-jokes"])
async def test_other_names_are_refused(app: App, folder: Path, name: str) -> None:
    assert str(await refusal(app, training_file(), name=name)) == BAD_NAME
    assert names_in(folder) == []


async def test_every_fault_is_named_and_nothing_is_stored(app: App, folder: Path) -> None:
    error = await refusal(app, training_file() + b"{}\nscenario\n")
    assert isinstance(error, InvalidInputError)
    assert str(error) == (
        "This file cannot be used; nothing was stored.\n"
        'Line 11: has no “messages”; it must look like {"messages": [...]}.\n'
        "Line 12: is not JSON (column 1); each line must be one JSON object."
    )
    assert (names_in(folder), await count(app.database, "datasets")) == ([], 0)


async def test_of_very_many_faults_the_first_five_are_named(app: App) -> None:
    lines = str(await refusal(app, b"{}\n" * 100)).splitlines()
    assert [line.split(":")[0] for line in lines[1:-1]] == [f"Line {number}" for number in range(1, 6)]
    assert lines[-1] == "… and 95 more."


async def test_too_few_examples_are_refused(app: App, folder: Path) -> None:
    assert str(await refusal(app, training_file(9))) == (
        "This file cannot be used; nothing was stored.\nA training file needs at least 10 examples; this one has 9."
    )
    assert names_in(folder) == []


async def test_a_name_that_is_taken_is_refused_and_what_was_there_stays(app: App, folder: Path) -> None:
    first = await upload(app, training_file(10))
    error = await refusal(app, training_file(11), name="JOKES")
    assert isinstance(error, ConflictError)
    assert str(error) == "There is a dataset “JOKES” already. Choose another name with `name`."
    assert names_in(folder) == [f"{first.sha256}.jsonl"]
    assert await app.datasets.list(GUILD) == (first,)


def test_a_file_over_the_limit_is_refused_before_it_is_read(app: App, folder: Path) -> None:
    with pytest.raises(InvalidInputError) as refused:
        app.datasets.incoming(2 * MAX_BYTES)
    assert str(refused.value) == ("The file is 210 MB; at most 105 MB can be uploaded. Split it into smaller ones.")
    assert not folder.exists()


async def test_two_servers_may_have_the_same_file_and_name(app: App, folder: Path) -> None:
    mine, theirs = await upload(app, training_file()), await upload(app, training_file(), guild_id=OTHER_GUILD)
    assert (mine.sha256, mine.name) == (theirs.sha256, theirs.name)
    assert (await app.datasets.list(GUILD), await app.datasets.list(OTHER_GUILD)) == ((mine,), (theirs,))
    assert len(names_in(folder)) == 1


async def test_another_servers_dataset_does_not_exist_here(app: App) -> None:
    await upload(app, training_file(), guild_id=OTHER_GUILD)
    with pytest.raises(NotFoundError) as refused:
        await app.datasets.get(GUILD, "jokes")
    assert str(refused.value) == "There is no dataset “jokes” here. `/dataset list` shows what there is."


async def test_a_sample_shows_the_first_examples(app: App) -> None:
    dataset = await upload(app, training_file())
    assert await app.datasets.sample(dataset, 2) == tuple(
        Example("You joke.", f"Scenario {number}", "He walked into a bar. Haha") for number in (1, 2)
    )


async def test_what_a_killed_bot_left_half_uploaded_is_swept_away_when_it_runs_again(app: App) -> None:
    kept = await upload(app, training_file())
    left = app.datasets.incoming(3)
    left.write_bytes(b"{}\n")
    async with app.running():
        assert sorted(left.parent.iterdir()) == [app.datasets.path(kept)]
