"""Which models a server has and uses: its own only, and always a way back."""

import pytest

from bot.app import App
from bot.errors import NotFoundError
from tests.bot.parts import ADMIN, GUILD, OTHER_GUILD, START, count, launch, own_model

MISSING = "This server has no model “ft:b”. `/models list` shows its models."


async def test_a_new_server_has_no_model(app: App) -> None:
    models = await app.registry.models(GUILD)
    assert (models.models, models.active) == ((), {})
    assert await app.registry.choose(GUILD, "joke", None, "gpt-6-luna") is None


async def test_an_admin_switches_back_and_forth_and_the_row_says_who_and_when(app: App) -> None:
    first, second = await own_model(app, "ft:a"), await own_model(app, "ft:b")
    assert await app.registry.use(GUILD, ADMIN, "ft:b") == second
    assert (await app.registry.models(GUILD)).active == {"joke": second}
    assert await app.registry.use(GUILD, ADMIN, "ft:a") == first
    assert (await app.registry.models(GUILD)).models == (second, first)
    rows = await app.database.fetch_all("SELECT guild_id, model_id, activated_by, activated_at FROM activations")
    stamp = START.isoformat(timespec="microseconds")
    assert [tuple(row) for row in rows] == [(GUILD, second.id, ADMIN, stamp), (GUILD, first.id, ADMIN, stamp)]


async def test_base_goes_back_to_the_base(app: App) -> None:
    await own_model(app, "ft:a")
    await app.registry.use(GUILD, ADMIN, "ft:a")
    assert await app.registry.use(GUILD, ADMIN, "base") is None
    assert (await app.registry.models(GUILD)).active == {}


async def test_another_servers_model_can_be_neither_used_nor_asked(app: App) -> None:
    await own_model(app, "ft:b", OTHER_GUILD)
    with pytest.raises(NotFoundError) as refused:
        await app.registry.use(GUILD, ADMIN, "ft:b")
    assert str(refused.value) == MISSING
    with pytest.raises(NotFoundError):
        await app.registry.choose(GUILD, "joke", "ft:b", "gpt-6-luna")
    assert await count(app.database, "activations") == 0


@pytest.mark.parametrize(("wanted", "chosen"), [(None, "ft:a"), ("ft:c", "ft:c"), ("base", None), ("gpt-6-luna", None)])
async def test_the_wanted_model_goes_before_the_active_one(app: App, wanted: str | None, chosen: str | None) -> None:
    await own_model(app, "ft:a")
    await own_model(app, "ft:c")
    await app.registry.use(GUILD, ADMIN, "ft:a")
    model = await app.registry.choose(GUILD, "joke", wanted, "gpt-6-luna")
    assert (model.model if model else None) == chosen


async def test_a_jobs_model_becomes_active_only_where_none_is(app: App) -> None:
    job = await launch(app)
    first = await app.registry.register(job, "ft:a")
    second = await app.registry.register(job, "ft:b")
    assert (first.job_id, first.base_model) == (job.id, job.base_model)
    models = await app.registry.models(GUILD)
    assert (models.models, models.active) == ((second, first), {"joke": first})
    await app.registry.register(job, "ft:a")
    assert (await count(app.database, "models"), await count(app.database, "activations")) == (2, 1)
