"""The list of what is personal is the schema's: nothing that the database can hold is left out of it."""

import re

import pytest

from bot.store.database import Database
from bot.store.personal import TABLES
from bot.store.personal.table import Change, Holds, Kept, Purpose, Step, Table
from bot.texts import privacy as texts

# Columns with these names hold the id of somebody.
NAMES_SOMEBODY = re.compile(r"(^|_)(by|user_id|member_id|author_id|owner_id)$")


async def columns_of(database: Database) -> dict[str, dict[str, int]]:
    """The columns of each table, with their places in its primary key, counted from 1."""
    tables = await database.fetch_all("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    return {
        table["name"]: {
            column["name"]: column["pk"] for column in await database.fetch_all(f"PRAGMA table_info({table['name']})")
        }
        for table in tables
    }


@pytest.mark.sqlite
async def test_every_column_is_in_the_list_and_nothing_else(database: Database) -> None:
    """A new column? Say in bot/store/personal/ whose it is, why it is stored, how long, and what forgetting does with it."""
    listed = {table.name: set(table.columns) for table in TABLES}
    assert listed == {table: set(columns) for table, columns in (await columns_of(database)).items()}


@pytest.mark.sqlite
async def test_each_key_is_the_primary_key(database: Database) -> None:
    columns = await columns_of(database)
    for table in TABLES:
        places = {name: place for name, place in columns[table.name].items() if place}
        assert table.key == ", ".join(sorted(places, key=lambda name: places[name]))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_column_named_after_somebody_holds_an_id(table: Table) -> None:
    unlisted = [name for name in table.having(Holds.NOTHING) if NAMES_SOMEBODY.search(name)]
    assert unlisted == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_each_owner_is_forgotten(table: Table) -> None:
    """A row with an owner is deleted, or the owner's id replaced. Where text stays in the row, it is replaced, too."""
    owners = table.having(Holds.OWNER)
    if not owners:
        return
    assert table.owned is not None
    assert table.forget
    for step in table.forget:
        if isinstance(step, Change):
            assert set(step.values) >= {*owners, *table.having(Holds.TEXT)}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
async def test_each_condition_is_valid_sql(table: Table, database: Database) -> None:
    values = {"guild_id": 1, "user_id": 2, "forgetting": 1, "now": "", "before": ""}
    for step in (*table.forget, *table.old):
        await database.fetch_all(f"SELECT 1 FROM {table.name} WHERE {step.where}", values)  # noqa: S608 - our own
        await database.fetch_all(f"SELECT {_values(step)} FROM {table.name}", values)  # noqa: S608 - our own
    server = table.guild_of if table.guild else "1"
    await database.fetch_all(f"SELECT {server} FROM {table.name} WHERE {table.authored}", values)  # noqa: S608 - our own
    owned = f"{table.guild or '1 = 1'} AND {table.owned or '1 = 1'}"
    await database.fetch_all(f"SELECT 1 FROM {table.name} WHERE {owned}", values)  # noqa: S608 - our own


def _values(step: Step) -> str:
    return ", ".join(step.values.values()) if isinstance(step, Change) else "1"


@pytest.mark.sqlite
async def test_what_refers_to_a_table_is_deleted_before_it(database: Database) -> None:
    order = [table.name for table in TABLES]
    for table in TABLES:
        for key in await database.fetch_all(f"PRAGMA foreign_key_list({table.name})"):
            if key["on_delete"] == "NO ACTION":
                assert order.index(table.name) < order.index(key["table"]), f"{table.name} refers to {key['table']}"


def test_there_is_a_sentence_for_each_purpose_and_time() -> None:
    assert set(texts.PURPOSES) == {purpose.value for purpose in Purpose} - {Purpose.NONE}
    assert set(texts.KEPT) == {kept.value for kept in Kept} - {Kept.ANSWERS, Kept.USAGE, Kept.MESSAGES}, (
        "those are days"
    )
