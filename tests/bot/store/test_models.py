"""The model registry's rows: what a server has, and what it uses now."""

from pathlib import Path

import pytest

from bot.store.arena import ArenaStore
from bot.store.database import Database, open_database
from bot.store.models import ModelStore, RegisteredModel
from bot.store.schema import migrations
from tests.bot.parts import ADMIN, GUILD, OTHER_GUILD, START, count

NAME = "ft:practice-1:punchline::1"


@pytest.fixture
def models(database: Database) -> ModelStore:
    return ModelStore(database)


async def add(models: ModelStore, guild_id: int = GUILD, name: str = NAME) -> RegisteredModel:
    return await models.add(guild_id, name, base_model="practice-1", job_id=None, now=START)


async def test_a_model_comes_back_as_it_was_stored(models: ModelStore) -> None:
    added = await add(models)
    assert (added.guild_id, added.model, added.base_model, added.job_id) == (GUILD, NAME, "practice-1", None)
    assert added.created_at == START
    assert await models.get(GUILD, NAME) == added


async def test_registering_again_changes_nothing(models: ModelStore, database: Database) -> None:
    assert await add(models) == await add(models)
    assert await count(database, "models") == 1


async def test_a_server_sees_its_own_models_only(models: ModelStore) -> None:
    await add(models)
    assert (await models.get(OTHER_GUILD, NAME), await models.list(OTHER_GUILD)) == (None, ())
    theirs = await add(models, OTHER_GUILD)
    await models.activate(OTHER_GUILD, theirs.id, activated_by=ADMIN, now=START)
    assert (await models.active(GUILD), await models.active(OTHER_GUILD)) == ({}, {"joke": theirs})


async def test_the_newest_comes_first(models: ModelStore) -> None:
    for name in ("ft:a", "ft:b"):
        await add(models, name=name)
    assert [model.model for model in await models.list(GUILD)] == ["ft:b", "ft:a"]


async def test_the_newest_activation_counts_and_every_one_is_kept(models: ModelStore, database: Database) -> None:
    first, second = await add(models, name="ft:a"), await add(models, name="ft:b")
    seen = []
    for chosen in (second, first, None, second):
        await models.activate(GUILD, chosen.id if chosen else None, activated_by=ADMIN, now=START)
        seen.append((await models.active(GUILD)).get("joke"))
    assert seen == [second, first, None, second]
    assert await count(database, "activations") == 4


async def test_what_was_stored_before_there_were_kinds_is_about_jokes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = migrations()
    monkeypatch.setattr("bot.store.sqlite.migrations", lambda: scripts[:9])
    async with open_database(tmp_path / "old.db") as old:
        model = {"guild_id": GUILD, "model": NAME, "base_model": "x", "created_at": START}
        await old.insert("models", model)
        await old.insert("activations", {"guild_id": GUILD, "model_id": 1, "activated_at": START})
        for model_id in (None, 1):
            values = {"guild_id": GUILD, "model_id": model_id, "added_by": ADMIN, "added_at": START}
            await old.insert("contestants", values)
    monkeypatch.setattr("bot.store.sqlite.migrations", lambda: scripts)
    async with open_database(tmp_path / "old.db") as new:
        active = await ModelStore(new).active(GUILD)
        assert {kind: one.model for kind, one in active.items()} == {"joke": NAME}
        arena = ArenaStore(new)
        found = [(one.kind, one.model_id, one.prompt_id) for one in await arena.contestants(GUILD)]
        assert found == [("joke", None, None), ("joke", 1, None)]
        assert not await arena.add(GUILD, "joke", 1, added_by=ADMIN, now=START)
