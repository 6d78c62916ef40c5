"""Limits: reserved in the ledger before a request is sent, and never overrun however many come at once."""

import asyncio
import itertools
from collections.abc import Awaitable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest

from bot.app import App
from bot.errors import InvalidInputError, LimitError, ModelServerError
from bot.jokes.service import Joke
from bot.limits.allowance import limits_of_member
from bot.limits.service import MAX_ROLES
from bot.metering.ledger import UNLIMITED_ANSWER_TOKENS, Charge
from bot.model_server.chat import ChatRequest, Message
from bot.request import Request, begin_request
from bot.settings import Settings
from bot.store.limits import Limits, ServerLimits
from tests.bot.metering.test_ledger import PRICES, SAID, USED, WORTH
from tests.bot.parts import ADMIN, GUILD, MEMBER, OTHER_GUILD, StillClock, own_model, settings_for
from tests.wire import replies
from tests.wire.model_server import FakeModelServer

DOLLAR, CENT = 10**9, 10**7
POETS, GUESTS, STAFF = 1001, 1002, 1003
OTHER_MEMBER = MEMBER + 1
T = TypeVar("T")
numbers = itertools.count(1)


@pytest.fixture
def settings(tmp_path: Path, server: FakeModelServer) -> Settings:
    """With a price list of the operator's own, which counts on a private address, too."""
    (tmp_path / "prices.toml").write_text(PRICES, "utf-8")
    return settings_for(tmp_path, server.url, prices_file=tmp_path / "prices.toml", request_timeout=5)


async def asked(answer: Awaitable[T], user_id: int = MEMBER, roles: frozenset[int] = frozenset()) -> T:
    """The answer to a command of its own."""

    async def run() -> T:
        begin_request(Request(next(numbers), GUILD, 1, None, user_id, roles, False, "joke", "en-US", None))
        return await answer

    return await asyncio.create_task(run())


def joke(app: App, user_id: int = MEMBER, *roles: int, guild_id: int = GUILD) -> Awaitable[Joke]:
    return asked(app.jokes.tell(guild_id, user_id, "A duck"), user_id, frozenset(roles))


async def refused(answer: Awaitable[object]) -> str:
    """What a member is told who meets a limit."""
    with pytest.raises(LimitError) as raised:
        await answer
    return raised.value.markdown()


async def spent(app: App) -> int:
    rows = await app.database.fetch_all("SELECT cost_nanodollars AS cost FROM usage WHERE guild_id = 100")
    return sum(row["cost"] for row in rows)


def at(when: datetime) -> str:
    """In Discord's markup."""
    return f"<t:{int(when.timestamp())}:R>"


async def test_fifty_calls_at_once_do_not_overrun_a_budget_in_money(app: App, server: FakeModelServer) -> None:
    server.delay = 0.05
    await app.limits.set(GUILD, ADMIN, "server", None, Limits(monthly_nanodollars=CENT))
    outcomes = await asyncio.gather(*(joke(app, member) for member in range(50)), return_exceptions=True)
    refusals = [str(one) for one in outcomes if isinstance(one, LimitError)]
    assert 0 < len(refusals) < 50
    assert len(server.calls("chat")) == 50 - len(refusals)
    assert set(refusals) == {
        "This may cost more than what is left of this server's $0.01 for this month. Try again 2026-12-01 00:00 UTC."
    }
    server.delay = 0
    while not isinstance((await asyncio.gather(joke(app), return_exceptions=True))[0], LimitError):
        assert await spent(app) <= CENT, "what was reserved and not used is free again"
    assert await spent(app) <= CENT


async def test_an_answer_has_no_more_tokens_than_were_reserved(app: App, server: FakeModelServer) -> None:
    await joke(app)
    await app.limits.set(GUILD, ADMIN, "member", None, Limits(daily_nanodollars=DOLLAR))
    await joke(app)
    without, within = (call.body for call in server.calls("chat"))
    assert "max_completion_tokens" not in without
    assert within["max_completion_tokens"] == UNLIMITED_ANSWER_TOKENS


async def test_what_cannot_be_priced_is_not_asked_for_where_a_budget_is_in_money(
    app: App, server: FakeModelServer
) -> None:
    await app.limits.set(GUILD, ADMIN, "server", None, Limits(daily_nanodollars=DOLLAR))
    server.models["mystery-1"] = {"owned_by": "loopback"}
    charge, request = Charge(GUILD, MEMBER, "joke"), ChatRequest("mystery-1", [Message("user", "A duck")])
    assert await refused(asked(app.ask._meter.complete(charge, request))) == (
        "The bot has no price for mystery-1, and this server has a budget in dollars. Ask the bot's operator to add the price, or a"
        " manager to clear the budget with `/limits clear`."
    )
    assert server.calls("chat") == []


async def test_answers_are_counted_by_day_and_by_month(app: App, clock: StillClock) -> None:
    await app.limits.set(GUILD, ADMIN, "member", None, Limits(daily_answers=2, monthly_answers=3))
    await joke(app)
    await joke(app)
    assert (
        await refused(joke(app))
        == f"You have used your 2 answers for today. Try again {at(datetime(2026, 11, 23, tzinfo=UTC))}."
    )
    await joke(app, OTHER_MEMBER)
    clock.advance(days=1)
    await joke(app)
    assert (
        await refused(joke(app))
        == f"You have used your 3 answers for this month. Try again {at(datetime(2026, 12, 1, tzinfo=UTC))}."
    )
    clock.now = datetime(2026, 12, 1, tzinfo=UTC)
    await joke(app)


async def test_an_answer_counts_once_and_a_failure_not_at_all(app: App, server: FakeModelServer) -> None:
    await app.limits.set(GUILD, ADMIN, "member", None, Limits(daily_answers=1))
    server.script("chat", replies.error(500))
    with pytest.raises(ModelServerError):
        await joke(app)

    async def two_requests() -> None:
        await app.jokes.tell(GUILD, MEMBER, "A duck")
        await app.jokes.tell(GUILD, MEMBER, "A goose")

    await asked(two_requests())
    assert (
        await refused(joke(app))
        == f"You have used your one answer for today. Try again {at(datetime(2026, 11, 23, tzinfo=UTC))}."
    )


async def test_a_cooldown_is_between_two_commands_of_a_member(app: App, clock: StillClock) -> None:
    await app.limits.set(GUILD, ADMIN, "member", None, Limits(cooldown_seconds=90))
    await joke(app)
    await joke(app, OTHER_MEMBER)
    clock.advance(seconds=89)
    assert await refused(joke(app)) == (
        f"On this server, everyone waits 90 seconds between two requests. Try again {at(datetime(2026, 11, 22, 12, 1, 30, tzinfo=UTC))}."
    )
    clock.advance(seconds=1)
    await joke(app)


async def test_a_roles_limits_count_in_place_of_each_members_and_the_most_generous_of_several() -> None:
    everybody = Limits(cooldown_seconds=60, daily_answers=5)
    roles = {POETS: Limits(daily_answers=20), GUESTS: Limits(cooldown_seconds=10, daily_answers=1)}
    limits = ServerLimits(member=everybody, roles=roles, exempt=frozenset({STAFF}))
    assert limits_of_member(limits, frozenset()) == everybody
    assert limits_of_member(limits, frozenset({POETS})) == Limits(cooldown_seconds=60, daily_answers=20)
    assert limits_of_member(limits, frozenset({GUESTS})) == Limits(cooldown_seconds=10, daily_answers=1)
    assert limits_of_member(limits, frozenset({POETS, GUESTS})) == Limits(cooldown_seconds=10, daily_answers=20)
    assert limits_of_member(limits, frozenset({POETS, STAFF})) == Limits()


async def test_the_servers_budget_holds_for_exempt_roles_too(app: App) -> None:
    await app.limits.set(GUILD, ADMIN, "member", None, Limits(daily_answers=0))
    await app.limits.exempt(GUILD, ADMIN, STAFF, exempt=True)
    await joke(app, MEMBER, STAFF)
    await app.limits.set(GUILD, ADMIN, "server", None, Limits(daily_answers=1))
    assert await refused(joke(app, MEMBER, STAFF)) == (
        f"This server has used its one answer for today. Try again {at(datetime(2026, 11, 23, tzinfo=UTC))}."
    )
    await app.limits.exempt(GUILD, ADMIN, STAFF, exempt=False)
    assert (await refused(joke(app, MEMBER, STAFF))).startswith("You have used your 0 answers")


async def test_what_nobody_waits_for_is_charged_to_the_server_and_never_refused(
    app: App, server: FakeModelServer
) -> None:
    await app.limits.set(GUILD, ADMIN, "server", None, Limits(daily_nanodollars=WORTH))
    await app.limits.set(GUILD, ADMIN, "member", None, Limits(daily_answers=0))
    for _ in range(2):
        server.script("chat", replies.ok({"model": "gpt-6-luna", "choices": SAID, "usage": USED}))
        await app.jokes.tell(GUILD, MEMBER, "A duck")  # by no command
    assert await spent(app) == 2 * WORTH
    await app.limits.clear(GUILD, ADMIN, "member", None)
    assert (await refused(joke(app))).startswith("This may cost more than what is left of this server's $0.000023")


async def test_one_servers_limits_are_not_anothers(app: App) -> None:
    await app.limits.set(GUILD, ADMIN, "server", None, Limits(daily_answers=1))
    await joke(app, guild_id=OTHER_GUILD)
    await joke(app)
    await joke(app, guild_id=OTHER_GUILD)
    assert (await app.limits.show(OTHER_GUILD)).limits == ServerLimits()


async def test_so_many_roles_have_limits(app: App) -> None:
    for role in range(1, MAX_ROLES + 1):
        await app.limits.set(GUILD, ADMIN, "role", role, Limits(daily_answers=role))
    with pytest.raises(InvalidInputError, match=f"limits for {MAX_ROLES} roles"):
        await app.limits.set(GUILD, ADMIN, "role", MAX_ROLES + 1, Limits(daily_answers=1))
    await app.limits.set(GUILD, ADMIN, "role", 1, Limits(cooldown_seconds=5))
    shown = (await app.limits.show(GUILD)).limits.roles
    assert shown[1] == Limits(cooldown_seconds=5, daily_answers=1), "what is left out stays"


async def test_a_comparison_is_one_answer_and_says_which_limit_stopped_it(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    await own_model(app, "ft:gpt-6-luna:mine", GUILD)
    await app.limits.set(GUILD, ADMIN, "member", None, Limits(daily_answers=1))

    async def compare() -> list[str]:
        compared = await app.comparison.compare(GUILD, MEMBER, "A duck", ["base", "ft:gpt-6-luna:mine"])
        return [str(one.error or "") for one in compared]

    assert await asked(compare()) == ["", ""]
    refused = "You have used your one answer for today. Try again 2026-11-23 00:00 UTC."
    assert await asked(compare()) == [refused] * 2
    assert "Traceback" not in caplog.text
