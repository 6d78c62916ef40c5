"""What usage adds up to: exactly its rows, of one server or member, from midnight to midnight UTC."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st
from PIL import Image

from bot.app import App
from bot.metering import usage_export
from bot.metering.periods import PeriodName, period
from bot.metering.usage import SHOWN, UsageReport
from bot.metering.usage_chart import Bars, draw, drawn, sketch
from bot.metering.usage_export import harmless
from bot.prices import in_dollars
from bot.store.usage import Usage, UsageStore
from bot.store.usage_sums import Split, Sum, page_sql, sums_sql, together
from tests.bot.parts import GUILD, MEMBER, OTHER_GUILD, START, StillClock

ROW = Usage(GUILD, MEMBER, "joke", "joke", "gpt-6-luna", 400, 20, 80.5, START, 300, 17_000, date(2026, 11, 20))
LARGEST = 2**53  # that a server's count can be
ROWS = st.builds(
    Usage,
    guild_id=st.sampled_from([GUILD, OTHER_GUILD]),
    user_id=st.integers(0, 12) | st.just(MEMBER),
    kind=st.just("joke"),
    command=st.text("abc", max_size=2),
    model=st.sampled_from("pqr"),
    prompt_tokens=st.integers(0, LARGEST),
    completion_tokens=st.integers(0, 500),
    latency_ms=st.just(1.0),
    created_at=st.integers(-40 * 86_400, 86_400).map(lambda seconds: START + timedelta(seconds=seconds)),
    cached_tokens=st.integers(0, 500),
    cost_nanodollars=st.none() | st.just(0) | st.integers(0, 10**6) | st.just(2**63 - 1),
    priced_on=st.none() | st.just(date(2026, 11, 20)),
    outcome=st.sampled_from(["answered", "failed", "unknown"]),
)


async def write(app: App, rows: Iterable[Usage]) -> None:
    store = UsageStore(app.database)
    async with app.database.transaction():
        for row in rows:
            await store.add(row)


def by_hand(rows: Sequence[Usage]) -> Sum:
    def cost(some: Iterable[Usage]) -> int:
        return sum(row.cost_nanodollars or 0 for row in some)

    return Sum(
        requests=len(rows),
        answered=sum(row.outcome == "answered" for row in rows),
        failed=sum(row.outcome == "failed" for row in rows),
        unknown=sum(row.outcome == "unknown" for row in rows),
        unpriced=sum(row.cost_nanodollars is None for row in rows),
        unbilled=sum(row.cost_nanodollars == 0 and row.priced_on is None for row in rows),
        prompt_tokens=sum(row.prompt_tokens for row in rows),
        cached_tokens=sum(row.cached_tokens for row in rows),
        completion_tokens=sum(row.completion_tokens for row in rows),
        cost_nanodollars=cost(rows),
        bound_nanodollars=cost(row for row in rows if row.outcome == "unknown"),
    )


def adds_up(report: UsageReport, rows: Sequence[Usage], split: Split) -> None:
    """The total, the days and every group are those of the rows; what is not shown is counted."""
    assert report.total == by_hand(rows) == together(day.sum for day in report.days)
    for day in report.days:
        assert day.sum == by_hand([row for row in rows if str(row.created_at.date()) == day.name])
    groups = report.splits[split]
    for group in groups.shown:
        assert group.sum == by_hand([row for row in rows if str(getattr(row, split)) == group.name])
    assert len(groups.shown) + groups.others == len({getattr(row, split) for row in rows})
    assert len(groups.shown) <= SHOWN


@how(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROWS, max_size=40), st.sampled_from(["today", "7 days", "30 days", "this month", "last month", "all"]))
async def test_sums_are_those_of_the_rows(app: App, rows: list[Usage], name: PeriodName) -> None:
    await app.database.write("DELETE FROM usage")
    await write(app, rows)
    span = period(name, START)
    here = [row for row in rows if row.guild_id == GUILD and span.since <= row.created_at < span.until]
    mine = [row for row in here if row.user_id == MEMBER]
    adds_up(await app.usage.of_member(GUILD, MEMBER, name), mine, "command")
    server = await app.usage.of_server(GUILD, name)
    adds_up(server, here, "command")
    adds_up(server, here, "user_id")
    adds_up(await app.usage.by_model(GUILD, name), here, "model")
    made = await app.usage.export(GUILD, name, 10**6)
    assert made.rows == len(table(made.content)) == len(here)


PERIODS = {
    "today": (date(2026, 11, 22), date(2026, 11, 23)),
    "7 days": (date(2026, 11, 16), date(2026, 11, 23)),
    "30 days": (date(2026, 10, 24), date(2026, 11, 23)),
    "this month": (date(2026, 11, 1), date(2026, 11, 23)),
    "last month": (date(2026, 10, 1), date(2026, 11, 1)),
}


@pytest.mark.parametrize("name", PERIODS)
async def test_a_period_begins_and_ends_at_midnight_utc(app: App, name: PeriodName) -> None:
    first, end = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in PERIODS[name])
    instant = timedelta(microseconds=1)
    await write(app, (replace(ROW, created_at=at) for at in (first - instant, first, end - instant, end)))
    report = await app.usage.of_server(GUILD, name)
    assert (report.total.requests, report.first, report.last) == (2, first.date(), (end - instant).date())
    assert {day.name for day in report.days} == {str(report.first), str(report.last)}


def test_last_month_is_december_in_january_whatever_the_clocks_zone() -> None:
    new_year_in_new_york = datetime.fromisoformat("2026-12-31T19:00:00-05:00")
    found = period("last month", new_year_in_new_york)
    assert (found.first, found.last) == (date(2026, 12, 1), date(2026, 12, 31))


async def test_the_most_expensive_come_first(app: App) -> None:
    costs = {1: 5, 2: 90, 3: None, 4: 90}
    await write(app, [replace(ROW, user_id=user, cost_nanodollars=cost) for user, cost in costs.items()])
    await write(app, [replace(ROW, user_id=4, cost_nanodollars=0)])
    groups = (await app.usage.of_server(GUILD, "today")).splits["user_id"]
    assert [group.name for group in groups.shown] == ["4", "2", "1", "3"]


SPLITS: tuple[Split, ...] = ("command", "user_id", "model")
OF_GUILD = "SEARCH usage USING INDEX usage_by_guild (guild_id=? AND created_at>? AND created_at<?)"
OF_MEMBER = "SEARCH usage USING INDEX usage_by_member (guild_id=? AND user_id=? AND created_at>? AND created_at<?)"
READS = {
    "a server": (sums_sql(SPLITS, one_member=False), [OF_GUILD] * 4),
    "a member": (sums_sql(SPLITS, one_member=True), [OF_MEMBER] * 4),
    "a page": (page_sql(), [OF_GUILD]),
}


@pytest.mark.sqlite
@pytest.mark.parametrize(("sql", "reads"), READS.values(), ids=READS)
async def test_only_rows_of_the_server_or_member_and_of_the_period_are_read(
    app: App, sql: str, reads: list[str]
) -> None:
    values = dict.fromkeys(("guild_id", "user_id", "since", "until", "most", "created_at", "id", "count"), 1)
    plan = [row["detail"] for row in await app.database.fetch_all(f"EXPLAIN QUERY PLAN {sql}", values)]
    assert [step for step in plan if "usage" in step] == reads


# The table


def table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


async def test_the_table_has_every_number_and_no_formula(app: App) -> None:
    unknown = replace(ROW, user_id=0, model='=HYPERLINK("x")', outcome="unknown", cost_nanodollars=None, priced_on=None)
    await write(app, [replace(unknown, created_at=START - timedelta(1), error="ServerUnreachableError"), ROW])
    made = await app.usage.export(GUILD, "all", 10**6)
    assert (made.rows, made.left_out) == (2, 0)
    newest, oldest = table(made.content)
    assert newest == {
        "created_at": "2026-11-22T12:00:00+00:00",
        "member": "<@500>",
        "kind": "joke",
        "command": "joke",
        "model": "gpt-6-luna",
        "outcome": "answered",
        "error": "",
        "prompt_tokens": "400",
        "cached_tokens": "300",
        "completion_tokens": "20",
        "cost_dollars": "0.000017",
        "priced_on": "2026-11-20",
        "latency_ms": "80.5",
    }
    assert (oldest["model"], oldest["member"]) == ('\'=HYPERLINK("x")', "")
    assert (oldest["outcome"], oldest["cost_dollars"], oldest["error"]) == ("unknown", "", "ServerUnreachableError")


@given(st.sampled_from("=+-@＝＋－＠"), st.text(" \t\r\n\u3000", max_size=2), st.text(max_size=5))
def test_no_cell_begins_as_a_formula(mark: str, blanks: str, rest: str) -> None:
    assert harmless(f"{blanks}{mark}{rest}") == f"'{blanks}{mark}{rest}"
    assert harmless(f"gpt{mark}{rest}") == f"gpt{mark}{rest}"


@pytest.mark.parametrize(("most", "limit"), [(3, 10**6), (500, 450)])
async def test_a_table_that_is_too_long_has_the_newest_rows_and_the_rest_is_counted(
    app: App, monkeypatch: pytest.MonkeyPatch, most: int, limit: int
) -> None:
    monkeypatch.setattr(usage_export, "PAGE", 1)
    monkeypatch.setattr(usage_export, "MAX_ROWS", most)
    await write(app, (replace(ROW, completion_tokens=number) for number in range(7)))  # all of one moment
    made = await app.usage.export(GUILD, "today", limit)
    assert [row["completion_tokens"] for row in table(made.content)] == ["6", "5", "4"]
    assert (made.rows, made.left_out) == (3, 4)
    assert len(made.content) <= limit


@given(st.integers(0, 10**25))
def test_an_amount_has_all_its_decimals_and_at_least_two(nanodollars: int) -> None:
    shown = in_dollars(nanodollars)
    assert Decimal(shown) * 10**9 == nanodollars
    assert len(shown.partition(".")[2]) >= 2


# The picture


def bars_of(report: UsageReport) -> Bars:
    found = drawn(report)
    assert found is not None
    return found.bars


async def test_costs_are_drawn_by_day_with_the_days_between(app: App) -> None:
    await write(app, [ROW, ROW, replace(ROW, created_at=START - timedelta(2))])
    found = drawn(await app.usage.of_server(GUILD, "7 days"))
    assert found is not None
    assert found.bars["values"] == [0, 0, 0, 0, 17_000, 0, 34_000]
    assert sketch(found).alt == "Cost a day, 2026-11-16 to 2026-11-22. Most on 2026-11-22: $0.000034."
    await write(app, [replace(ROW, outcome="unknown")])
    bound = drawn(await app.usage.of_server(GUILD, "7 days"))
    assert bound is not None
    assert str(bound.said).endswith("Most on 2026-11-22: up to $0.000051.")
    picture = Image.open(io.BytesIO(draw(found.bars)))
    assert picture.size == (780, 460)


@pytest.mark.parametrize("cost", [None, 0])
async def test_requests_are_drawn_where_a_price_is_unknown_or_nothing_cost_anything(app: App, cost: int | None) -> None:
    await write(app, [replace(ROW, cost_nanodollars=cost), replace(ROW, cost_nanodollars=cost or 0)])
    found = drawn(await app.usage.of_server(GUILD, "7 days"))
    assert found is not None
    assert (found.bars["values"], found.bars["axis"]) == ([0, 0, 0, 0, 0, 0, 2], "requests a day")
    assert str(found.said) == "Requests a day, 2026-11-16 to 2026-11-22. Most on 2026-11-22: 2."
    assert draw(found.bars).startswith(b"\x89PNG")


async def test_a_long_time_is_drawn_by_month(app: App, clock: StillClock) -> None:
    await write(app, [ROW])
    assert drawn(await app.usage.of_server(GUILD, "all")) is None, "one day is nothing to compare"
    await write(app, [replace(ROW, created_at=START - timedelta(days=91))])
    assert len(bars_of(await app.usage.of_server(GUILD, "all"))["names"]) == 92
    await write(app, [replace(ROW, created_at=START - timedelta(days=92))])
    by_month = bars_of(await app.usage.of_server(GUILD, "all"))
    assert by_month["names"] == ["2026-08", "2026-09", "2026-10", "2026-11"]
    assert by_month["values"] == [34_000, 0, 0, 17_000]


async def test_nothing_and_one_day_are_not_drawn(app: App) -> None:
    assert drawn(await app.usage.of_server(GUILD, "30 days")) is None
    await write(app, [ROW])
    assert drawn(await app.usage.of_server(GUILD, "today")) is None
