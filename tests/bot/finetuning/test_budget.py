"""The monthly cap: quoted, checked in the transaction that launches, and never exceeded by two at once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.app import App, open_app
from bot.errors import ConflictError
from bot.finetuning.budget import Spending
from bot.store.jobs import Job
from tests.bot.parts import (
    ADMIN,
    CHANNEL,
    GUILD,
    OTHER_GUILD,
    START,
    StillClock,
    change_job,
    count,
    launch,
    settings_for,
    training_file,
    upload,
)
from tests.wire.model_server import FakeModelServer

PRICES = 'source = "a test"\ndate = 2026-11-22\n[training]\n"gpt-4.1-mini" = 5.0\n'


@pytest.fixture
async def app(server: FakeModelServer, tmp_path: Path, clock: StillClock) -> AsyncIterator[App]:
    """An app whose model server sends a bill."""
    prices = tmp_path / "prices.toml"
    prices.write_text(PRICES, "utf-8")
    async with open_app(settings_for(tmp_path, server.url, prices_file=prices), clock) as app:
        yield app


async def cap(app: App, microdollars: int | None) -> None:
    await app.guild_settings.set_cap(GUILD, ADMIN, None if microdollars is None else microdollars / 1e6)


async def price(app: App) -> int:
    """What one launch on the usual dataset costs, in millionths of a dollar."""
    if not await app.datasets.list(GUILD):
        await upload(app, training_file())
    offer = await app.finetunes.quote(GUILD, CHANNEL, ADMIN, "jokes")
    assert offer.quote.cost_microdollars is not None
    return offer.quote.cost_microdollars


async def end(app: App, job: Job, status: str, trained_tokens: int | None) -> None:
    await change_job(app, job, status=status, trained_tokens=trained_tokens)


async def test_a_quote_names_price_source_and_what_is_spent(app: App) -> None:
    await upload(app, training_file())
    offer = await app.finetunes.quote(GUILD, CHANNEL, ADMIN, "jokes")
    assert offer.quote.cost_microdollars == offer.quote.training_tokens * 5
    assert (offer.price_source, offer.spending) == ("a test, 2026-11-22", Spending(spent=0, cap=None))


async def test_a_launch_over_the_cap_is_refused_and_leaves_no_row(app: App) -> None:
    cost = await price(app)
    await cap(app, cost - 1)
    with pytest.raises(ConflictError) as refused:
        await launch(app)
    assert str(refused.value) == (
        f"This would cost about ${cost / 1e6:.2f}. This server has spent $0.00 of its monthly cap of ${(cost - 1) / 1e6:.2f}. "
        "Choose fewer epochs or a smaller dataset, or raise the cap with `/settings cap`."
    )
    assert await count(app.database, "jobs") == 0


async def test_a_launch_that_meets_the_cap_exactly_is_taken_and_the_next_is_not(app: App) -> None:
    cost = await price(app)
    await cap(app, cost)
    job = await launch(app)
    await end(app, job, "succeeded", None)
    with pytest.raises(ConflictError, match="has spent"):
        await launch(app)
    assert await app.budget.spending(GUILD) == Spending(spent=cost, cap=cost)
    assert await app.budget.spending(OTHER_GUILD) == Spending(spent=0, cap=None)


async def test_two_admins_pressing_at_once_cannot_exceed_the_cap(app: App) -> None:
    await cap(app, round(await price(app) * 1.5))
    offers = [await app.finetunes.quote(GUILD, CHANNEL, admin, "jokes") for admin in (1, 2)]
    presses = (app.finetunes.launch(GUILD, 1, offer.quote.id, None) for offer in offers)
    outcomes = await asyncio.gather(*presses, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["ConflictError", "Job"]
    assert await count(app.database, "jobs") == 1


RAN = {"started_at": START, "step": 90, "total_steps": 100}


@pytest.mark.parametrize(
    ("changes", "share"),
    [
        ({"status": "running"}, 1),
        ({"status": "succeeded"}, 1),
        ({"status": "succeeded", "trained": 0.5}, 0.5),
        ({"status": "cancelled"}, 0),
        ({"status": "failed"}, 0),
        ({"status": "cancelled", "started_at": START}, 1),
        ({"status": "failed", "started_at": START}, 1),
        ({"status": "cancelled", **RAN}, 0.9),
        ({"status": "failed", **RAN}, 0.9),
        ({"status": "failed", **RAN, "step": 120}, 1),
        ({"status": "cancelled", **RAN, "trained": 0.25}, 0.25),
        ({"status": "failed", **RAN, "trained": 0}, 0),
    ],
)
async def test_what_was_trained_is_counted_by_the_servers_word_else_by_steps_else_as_quoted(
    app: App, changes: dict[str, Any], share: float
) -> None:
    cost = await price(app)
    job = await launch(app)
    trained = changes.pop("trained", None)
    await change_job(app, job, trained_tokens=None if trained is None else round(cost / 5 * trained), **changes)
    assert (await app.budget.spending(GUILD)).spent == pytest.approx(cost * share, abs=5)


async def test_three_launches_cancelled_near_their_end_do_not_pass_the_cap(app: App) -> None:
    await cap(app, round(await price(app) * 1.5))
    job = await launch(app)
    await change_job(app, job, status="cancelled", **RAN)
    with pytest.raises(ConflictError, match="has spent"):
        await launch(app)


async def test_a_new_month_starts_at_nothing(app: App, clock: StillClock) -> None:
    job = await launch(app)
    await end(app, job, "succeeded", None)
    clock.advance(days=8)
    assert (await app.budget.spending(GUILD)).spent > 0
    clock.advance(days=1)
    assert (await app.budget.spending(GUILD)).spent == 0


async def test_under_a_cap_a_model_without_a_price_is_refused(app: App) -> None:
    await cap(app, 1_000_000)
    with pytest.raises(ConflictError) as refused:
        await launch(app, base_model="practice-1")
    assert str(refused.value) == (
        "The bot has no price for practice-1, and this server has a monthly cap. "
        "Ask the bot's operator to add the price, or lift the cap with `/settings cap`."
    )
