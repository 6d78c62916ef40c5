"""Datasets by server and name."""

import asyncio
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from bot.store.database import Database, open_database
from bot.store.datasets import DatasetStore, NewDataset
from bot.store.schema import migrations
from tests.bot.parts import ADMIN, GUILD, OTHER_GUILD, START, count

JOKES = NewDataset(GUILD, "Jokes", "0" * 64, 2048, 60, 3000, ADMIN, START)


@pytest.fixture
def datasets(database: Database) -> DatasetStore:
    return DatasetStore(database)


async def test_a_dataset_comes_back_by_name_and_by_number(datasets: DatasetStore) -> None:
    stored = await datasets.add(JOKES)
    assert stored is not None
    assert asdict(stored).items() >= asdict(JOKES).items()
    assert await datasets.get(GUILD, "Jokes") == await datasets.by_id(stored.id) == stored


async def test_names_differ_in_more_than_case(datasets: DatasetStore, database: Database) -> None:
    stored = await datasets.add(JOKES)
    assert await datasets.add(replace(JOKES, name="jOKES")) is None
    assert await datasets.get(GUILD, "JOKES") == stored
    jests = await datasets.add(replace(JOKES, name="Шутки"))
    assert await datasets.add(replace(JOKES, name="шУТКИ")) is None
    assert await datasets.get(GUILD, "шутки") == jests
    assert await count(database, "datasets") == 2


async def test_servers_do_not_share_names_or_see_each_other(datasets: DatasetStore) -> None:
    mine, theirs = await datasets.add(JOKES), await datasets.add(replace(JOKES, guild_id=OTHER_GUILD))
    assert (await datasets.list(GUILD), await datasets.list(OTHER_GUILD)) == ((mine,), (theirs,))
    assert await datasets.get(OTHER_GUILD, "Jokes") == theirs
    assert await datasets.get(999, "Jokes") is None


async def test_the_newest_comes_first(datasets: DatasetStore) -> None:
    for name in "abc":
        await datasets.add(replace(JOKES, name=name))
    assert [dataset.name for dataset in await datasets.list(GUILD)] == ["c", "b", "a"]


async def test_a_number_that_nobody_has_is_an_error_in_the_program(datasets: DatasetStore) -> None:
    with pytest.raises(LookupError):
        await datasets.by_id(7)


async def test_of_two_that_delete_a_dataset_one_finds_it(datasets: DatasetStore) -> None:
    stored = await datasets.add(JOKES)
    assert stored is not None
    removals = await asyncio.gather(*(datasets.remove(GUILD, stored.id, now=START) for _ in range(2)))
    assert removals == [(stored, None), None]
    assert await datasets.remove(OTHER_GUILD, stored.id, now=START) is None


async def test_names_from_before_keys_are_found_in_any_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripts = migrations()
    monkeypatch.setattr("bot.store.sqlite.migrations", lambda: scripts[:3])
    async with open_database(tmp_path / "old.db") as old:
        values = asdict(JOKES)
        for later in ("tool_examples", "method", "kind", "system"):
            del values[later]
        await old.insert("datasets", values)
    monkeypatch.setattr("bot.store.sqlite.migrations", lambda: scripts)
    async with open_database(tmp_path / "old.db") as new:
        found = await DatasetStore(new).get(GUILD, "jOkEs")
        assert found is not None
        assert (found.name, found.tool_examples, found.method) == ("Jokes", 0, "supervised")
        assert (found.kind, found.system) == ("joke", None)
