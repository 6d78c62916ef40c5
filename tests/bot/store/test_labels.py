"""Labels by server and name, no more than a server may have, whoever adds them at the same time."""

import asyncio

import pytest

from bot.store.database import Database
from bot.store.labels import Label, LabelStore
from tests.bot.parts import ADMIN, GUILD, OTHER_GUILD, START


@pytest.fixture
def labels(database: Database) -> LabelStore:
    return LabelStore(database)


async def add(labels: LabelStore, name: str, *, most: int = 25, guild_id: int = GUILD) -> Label | None:
    return await labels.add(guild_id, name, ("an example",), most=most, created_by=ADMIN, now=START)


async def test_names_differ_in_more_than_case_in_any_script(labels: LabelStore) -> None:
    puns = await add(labels, "Шутки")
    assert await add(labels, "шУТКИ") is None
    assert await add(labels, "шутки", guild_id=OTHER_GUILD)
    assert await labels.list(GUILD) == (puns,)
    assert await labels.remove(GUILD, "ШУТКИ") == puns
    assert await labels.remove(GUILD, "Шутки") is None


async def test_many_at_once_are_no_more_than_a_server_may_have(labels: LabelStore) -> None:
    added = await asyncio.gather(*(add(labels, f"label {n}", most=3) for n in range(9)))
    assert len([label for label in added if label]) == len(await labels.list(GUILD)) == 3


async def test_one_name_added_twice_at_once_is_there_once(labels: LabelStore) -> None:
    added = await asyncio.gather(*(add(labels, name) for name in ("Puns", "puns", "PUNS")))
    assert [label is None for label in added].count(False) == 1
