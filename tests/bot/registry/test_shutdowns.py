"""Admins hear 60, 14 and 3 days before a model that their jokes depend on is shut down: once each, never for others."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app import App
from bot.registry.shutdowns import DAYS_BEFORE, most_urgent
from bot.store.models import ModelStore, RegisteredModel
from tests.bot.parts import ADMIN, GUILD, OTHER_GUILD, START, StillClock, notices, waiting
from tests.wire import replies
from tests.wire.model_server import FakeModelServer

BASE, TUNED = "gpt-4.1-mini-2025-04-14", "ft:gpt-4.1-mini-2025-04-14:club::1"
END = date(2027, 1, 14)  # 53 days after START


async def tuned(app: App, guild_id: int = GUILD, name: str = TUNED) -> RegisteredModel:
    store = ModelStore(app.database)
    model = await store.add(guild_id, name, base_model=BASE, job_id=None, now=START)
    await store.activate(guild_id, model.id, activated_by=ADMIN, now=START)
    return model


@pytest.fixture
def ending(server: FakeModelServer) -> FakeModelServer:
    server.models = {BASE: {"owned_by": "system", "shutdown_date": END.isoformat()}}
    return server


async def test_each_announcement_comes_once_on_its_day(app: App, ending: FakeModelServer, clock: StillClock) -> None:
    await tuned(app)
    heard: dict[int, str] = {}
    for _ in range(60):
        await app.shutdowns.round()
        for _, key in (await notices(app))[len(heard) :]:
            heard[(END - clock().date()).days] = key
        clock.advance(days=1)
    assert heard == {days: f"shutdown:{BASE}:2027-01-14:{due}" for days, due in ((53, 60), (14, 14), (3, 3))}


async def test_the_text_says_what_stops_when_and_what_to_do(
    app: App, ending: FakeModelServer, clock: StillClock
) -> None:
    await tuned(app)
    clock.advance(days=53 - 14)
    await app.shutdowns.round()
    (notice,) = await waiting(app)
    assert notice.body == (
        f"⏳ In 14 days, on 2027-01-14, the model server shuts down `{BASE}` and every model tuned on it. One of them is `{TUNED}`, "
        "which tells this server's jokes. From then on the base model tells the jokes, with examples in the prompt. What you can do: "
        "train your dataset on another base with `/finetune launch`. Or ask the bot's operator to start Punchline's own engine "
        "(`python -m engine`) and to set FINETUNE_BASE_URL to its address; the same launch works there."
    )


async def test_after_a_downtime_only_the_most_urgent_one_is_announced(
    app: App, ending: FakeModelServer, clock: StillClock
) -> None:
    await tuned(app)
    clock.advance(days=53 - 2)
    await app.shutdowns.round()
    assert await notices(app) == [(GUILD, f"shutdown:{BASE}:2027-01-14:3")]


async def test_the_tuned_models_own_end_counts_where_it_comes_first(app: App, ending: FakeModelServer) -> None:
    await tuned(app)
    ending.models[TUNED] = {"shutdown_date": "2026-12-01"}
    await app.shutdowns.round()
    (notice,) = await waiting(app)
    assert notice.subject == f"shutdown:{TUNED}:2026-12-01:14"
    assert notice.body.startswith(f"⏳ In 9 days, on 2026-12-01, the model server shuts down `{TUNED}`. From then on")


async def test_a_postponed_end_is_announced_anew(app: App, ending: FakeModelServer, clock: StillClock) -> None:
    await tuned(app)
    await app.shutdowns.round()
    ending.models[BASE]["shutdown_date"] = "2027-01-20"
    clock.advance(days=1)
    await app.shutdowns.round()
    assert [key for _, key in await notices(app)] == [
        f"shutdown:{BASE}:{day}:60" for day in ("2027-01-14", "2027-01-20")
    ]


async def test_only_servers_that_use_such_a_model_hear_of_it(app: App, ending: FakeModelServer) -> None:
    await tuned(app)
    await tuned(app, OTHER_GUILD)
    await app.registry.use(OTHER_GUILD, ADMIN, "base")
    await tuned(app, 999, "ft:gone")
    await app.registry.lose(await app.registry.find(999, "ft:gone"))
    await app.shutdowns.round()
    assert [pair for pair in await notices(app) if "shutdown" in pair[1]] == [(GUILD, f"shutdown:{BASE}:2027-01-14:60")]


@pytest.mark.parametrize("said", [None, "2027-06-30", "2026-11-21", "one day"])
async def test_no_end_in_sight_one_that_is_past_and_nonsense_say_nothing(
    app: App, ending: FakeModelServer, said: str | None
) -> None:
    await tuned(app)
    ending.models[BASE]["shutdown_date"] = said
    await app.shutdowns.round()
    assert await notices(app) == []


async def test_the_list_is_read_once_a_day_also_across_restarts(
    app: App, ending: FakeModelServer, clock: StillClock
) -> None:
    await tuned(app)
    for hours in (0, 1, 22.9, 0.1):
        clock.advance(hours=hours)
        await app.shutdowns.round()
    assert len(ending.calls("models")) == 2
    assert await app.state.get("shutdown_watch_next") == "2026-11-24T12:00:00.000000+00:00"


async def test_where_the_server_fails_it_is_asked_again_in_an_hour(
    app: App, ending: FakeModelServer, clock: StillClock
) -> None:
    await tuned(app)
    ending.script("models", replies.error(500))
    for _ in range(2):
        await app.shutdowns.round()
    assert (len(ending.calls("models")), await notices(app)) == (1, [])
    clock.advance(hours=1)
    await app.shutdowns.round()
    assert await notices(app) == [(GUILD, f"shutdown:{BASE}:2027-01-14:60")]


async def test_a_clock_that_was_wrong_does_not_stop_the_watch(
    app: App, ending: FakeModelServer, clock: StillClock
) -> None:
    clock.advance(days=3650)
    await app.shutdowns.round()
    clock.advance(days=-3650)
    await tuned(app)
    await app.shutdowns.round()
    assert await notices(app) == [(GUILD, f"shutdown:{BASE}:2027-01-14:60")]


async def test_nobody_is_asked_where_no_model_is_in_use(app: App, ending: FakeModelServer) -> None:
    await app.shutdowns.round()
    assert ending.calls("models") == []


@given(st.integers(-1000, 1000))
def test_the_most_urgent_announcement_is_the_last_whose_day_has_come(days_left: int) -> None:
    due = most_urgent(days_left)
    come = [days for days in DAYS_BEFORE if days_left <= days]
    assert due == (come[-1] if come and days_left >= 0 else None)
