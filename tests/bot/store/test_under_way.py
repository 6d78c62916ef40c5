"""Commands that are being answered: whoever takes over from a process that died finds them once."""

from datetime import timedelta

from bot.store.database import Database
from bot.store.under_way import VALID_FOR, UnderWay, UnderWayStore
from tests.bot.parts import GUILD, START

COMMAND = UnderWay("a token", GUILD, "zh-CN", "A")


async def test_another_process_finds_what_is_not_answered_and_one_sees_to_it(database: Database) -> None:
    store = UnderWayStore(database)
    await store.begin(COMMAND, now=START)
    assert await store.of_others("A", now=START) == ()
    assert await store.of_others("B", now=START + VALID_FOR) == (COMMAND,)
    assert [await store.end("a token") for _ in range(2)] == [True, False]
    assert await store.of_others("B", now=START) == ()


async def test_what_discord_takes_no_answer_for_any_more_is_deleted(database: Database) -> None:
    store = UnderWayStore(database)
    await store.begin(COMMAND, now=START)
    assert await store.of_others("B", now=START + VALID_FOR + timedelta(seconds=1)) == ()
    assert await store.end("a token") is False
