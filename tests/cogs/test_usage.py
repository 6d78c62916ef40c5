"""`/usage`: members see what they used, managers what their server used, and nobody what others' servers did."""

import csv
import io
from dataclasses import replace
from datetime import date, timedelta

import pytest
from simcord import Env, InteractionResult

from bot.app import App
from bot.metering import usage_export
from bot.store.usage import Usage, UsageStore
from tests.cogs.conftest import Place, Watch
from tests.cogs.seen import Card, answer, private_card, public, refusal
from tests.wire.model_server import FakeModelServer

FOOTER = "Days begin at midnight UTC."


@pytest.fixture
def row(home: Place, clock: Watch) -> Usage:
    """A member's joke for a hundred-thousandth of a dollar."""
    return Usage(
        guild_id=home.guild.id,
        user_id=home.member.id,
        kind="joke",
        command="joke",
        model="gpt-6-luna",
        prompt_tokens=400,
        completion_tokens=20,
        latency_ms=80.5,
        created_at=clock(),
        cached_tokens=300,
        cost_nanodollars=10_000,
        priced_on=date(2026, 11, 20),
    )


async def write(app: App, *rows: Usage) -> None:
    for one in rows:
        await UsageStore(app.database).add(one)


def without_a_picture(result: InteractionResult) -> Card:
    assert answer(result).attachments == []
    return private_card(result)


async def test_what_an_own_model_server_answered_has_no_bill(home: Place, server: FakeModelServer) -> None:
    await home.member.slash(home.channel, "joke", scenario="A duck")
    await home.admin.slash(home.channel, "joke", scenario="A duck")
    shown = without_a_picture(await home.member.slash(home.channel, "usage me", period="today"))
    tokens = shown.fields["Tokens"]
    read, written = (int(part.split()[0].replace(",", "")) for part in tokens.split(", "))
    assert shown == Card(
        "Your usage: today",
        None,
        FOOTER,
        {
            "Requests": "1 request: 1 answered, 0 failed, 0 unknown",
            "Tokens": tokens,
            "Cost": "No bill: all of it ran on the operator's own model server.",
            "By command": f"`joke`: 1 request, {read + written:,} tokens, no bill",
        },
    )


async def test_a_member_sees_all_that_is_their_own_and_nothing_else(
    app: App, home: Place, elsewhere: Place, row: Usage, clock: Watch
) -> None:
    others = (replace(row, user_id=home.admin.id), replace(row, guild_id=elsewhere.guild.id))
    failed = replace(row, outcome="failed", error="ServerBusyError", prompt_tokens=0, cached_tokens=0)
    unknown = replace(row, outcome="unknown", completion_tokens=2000, cost_nanodollars=1_234_567_891, command="ask")
    unpriced = replace(row, cost_nanodollars=None, created_at=clock() - timedelta(days=3))
    old = replace(row, created_at=clock() - timedelta(days=30))
    await write(app, row, *others, replace(failed, completion_tokens=0, cost_nanodollars=0), unknown, unpriced, old)
    shown = await home.member.slash(home.channel, "usage me")
    drawn = "Requests a day, 2026-10-24 to 2026-11-22. Most on 2026-11-22: 3."
    bounds = "Nobody knows whether the model server did the work of 1 request."
    assert private_card(shown) == Card(
        "Your usage: the last 30 days",
        drawn,
        f"{bounds} It counts with the most that it can use: hence “up to”. {FOOTER}",
        {
            "Requests": "4 requests: 2 answered, 1 failed, 1 unknown",
            "Tokens": "up to 1,200 in, 900 of them cached; 2,040 out",
            "Cost": "up to $1.234577891 for 3 requests. The price of 1 request is not known.",
            "By command": "`ask`: 1 request, up to 2,400 tokens, up to $1.234567891\n"
            "`joke`: 3 requests, 840 tokens, $0.00001 and 1 request of unknown price",
        },
    )
    (picture,) = answer(shown).attachments
    assert picture.description == drawn


async def test_a_manager_sees_who_used_what(app: App, home: Place, elsewhere: Place, row: Usage, clock: Watch) -> None:
    yesterday = clock() - timedelta(days=1)
    theirs = replace(row, user_id=home.admin.id, cost_nanodollars=30_000, created_at=yesterday)
    forgotten = replace(row, user_id=0, cost_nanodollars=0, priced_on=None, command="evaluation")
    await write(app, row, row, theirs, forgotten, replace(row, guild_id=elsewhere.guild.id))
    shown = await home.admin.slash(home.channel, "usage server", period="7 days")
    assert private_card(shown) == Card(
        "This server's usage: the last 7 days",
        "Cost a day, 2026-11-16 to 2026-11-22. Most on 2026-11-21: $0.00003.",
        FOOTER,
        {
            "Requests": "4 requests: 4 answered, 0 failed, 0 unknown",
            "Tokens": "1,600 in, 1,200 of them cached; 80 out",
            "Cost": "$0.00005\n1 request ran on the operator's own model server, without a bill.",
            "By command": "`joke`: 3 requests, 1,260 tokens, $0.00005\n`evaluation`: 1 request, 420 tokens, no bill",
            "By member": f"<@{home.admin.id}>: 1 request, 420 tokens, $0.00003\n"
            f"<@{home.member.id}>: 2 requests, 840 tokens, $0.00002\n"
            "the bot, and members who asked to be forgotten: 1 request, 420 tokens, no bill",
        },
    )
    assert public(home.channel) == []


async def test_models_are_compared_and_the_smallest_counted_together(app: App, home: Place, row: Usage) -> None:
    await write(app, *(replace(row, model=f"model-{number}", cost_nanodollars=number) for number in range(11)))
    await write(app, replace(row, model="` **live** " + "x" * 100, cost_nanodollars=None))
    shown = without_a_picture(await home.admin.slash(home.channel, "usage models", period="today"))
    first, *_, last = shown.fields["By model"].splitlines()
    assert shown.title == "Models: today"
    assert first == "`model-10`: 1 request, 420 tokens, $0.00000001"
    assert last == "4 others: 4 requests, 1,680 tokens, $0.000000003 and 1 request of unknown price"


async def test_a_models_name_stays_text(app: App, home: Place, row: Usage) -> None:
    await write(app, replace(row, model="` **live** " + "x" * 100))
    shown = without_a_picture(await home.admin.slash(home.channel, "usage models", period="today"))
    assert shown.fields["By model"] == f"`ˋ **live** {'x' * 48}…`: 1 request, 420 tokens, $0.00001"


async def test_all_prices_unknown_is_no_cost_of_nothing(app: App, home: Place, row: Usage) -> None:
    await write(app, replace(row, cost_nanodollars=None))
    shown = without_a_picture(await home.member.slash(home.channel, "usage me", period="today"))
    assert shown.fields["Cost"] == "Unknown: the bot has no price of any of these requests."
    assert shown.fields["By command"] == "`joke`: 1 request, 420 tokens, unknown price"


@pytest.mark.parametrize(
    ("command", "title", "said"),
    [
        ("usage me", "Your usage: last month", "You asked no model in this time."),
        ("usage server", "This server's usage: last month", "Nobody asked a model in this time."),
        ("usage models", "Models: last month", "Nobody asked a model in this time."),
    ],
)
async def test_nothing_is_one_sentence_without_a_picture(
    app: App, home: Place, row: Usage, command: str, title: str, said: str
) -> None:
    await write(app, row)
    shown = without_a_picture(await home.admin.slash(home.channel, command, period="last month"))
    assert shown == Card(title, said)


async def test_a_manager_gets_the_rows_as_a_table(app: App, home: Place, elsewhere: Place, row: Usage) -> None:
    await write(app, replace(row, model="@SUM(A1)"), replace(row, guild_id=elsewhere.guild.id))
    shown = answer(await home.admin.slash(home.channel, "usage export", period="all"))
    hint = "Costs are in dollars; an empty one is not known. Rows with the outcome `unknown` hold the most that they can use."
    assert (shown.ephemeral, shown.content) == (True, f"1 row of all time. {hint}")
    (file,) = shown.attachments
    assert (file.filename, file.description) == ("usage.csv", "Usage as a table")
    (line,) = csv.DictReader(io.StringIO((await file.read()).decode("utf-8-sig")))
    assert (line["member"], line["model"], line["cost_dollars"]) == (f"<@{home.member.id}>", "'@SUM(A1)", "0.00001")


async def test_a_cut_table_says_so_and_an_empty_one_is_no_file(
    app: App, home: Place, row: Usage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(usage_export, "PAGE", 1)
    monkeypatch.setattr(usage_export, "MAX_ROWS", 2)
    await write(app, row, row, row)
    shown = answer(await home.admin.slash(home.channel, "usage export"))
    assert shown.content.startswith(
        "The newest 2 rows of the last 30 days. Older ones that did not fit into the file: 1. A shorter period has fewer; "
        "the bot's operator has all."
    )
    shown = answer(await home.admin.slash(home.channel, "usage export", period="last month"))
    assert (shown.content, shown.attachments) == ("Nobody asked a model in this time.", [])


@pytest.mark.parametrize("command", ["server", "models", "export"])
async def test_members_may_only_see_their_own(app: App, env: Env, home: Place, row: Usage, command: str) -> None:
    await write(app, row)
    said = refusal(env, await home.member.slash(home.channel, f"usage {command}"))
    assert said == "You need the Manage Server permission for this."
