"""What a joke asks of the database: what its server has set is read once."""

import asyncio
from collections.abc import Sequence

import pytest

from bot.app import App
from bot.registry.service import BASE
from bot.request import Request, begin_request
from bot.store.connections import Params, Row
from tests.bot.parts import ADMIN, CHANNEL, GUILD, MEMBER


@pytest.fixture
def reads(app: App, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that read, as they come."""
    found, read = list[str](), app.database.connections.read

    async def note(sql: str, params: Params) -> Sequence[Row]:
        found.append(sql)
        return await read(sql, params)

    monkeypatch.setattr(app.database.connections, "read", note)
    return found


async def command(app: App, number: int) -> None:
    """A member types /joke."""

    async def tell() -> None:
        request = Request(number, GUILD, CHANNEL, None, MEMBER, frozenset(), False, "joke", "en-US", None)
        begin_request(request)
        await app.access.require(request, "joke")
        await app.jokes.tell(GUILD, MEMBER, "A duck", channel_id=CHANNEL)

    await asyncio.create_task(tell())


@pytest.mark.sqlite
async def test_only_a_servers_first_joke_reads_what_it_has_set(app: App, reads: list[str]) -> None:
    await command(app, 1)
    assert reads
    reads.clear()
    await command(app, 2)
    assert reads == []
    await app.registry.use(GUILD, ADMIN, BASE)
    await command(app, 3)
    assert [table(sql) for sql in reads] == ["activations"]


def table(sql: str) -> str:
    return sql.partition(" FROM ")[2].split()[0]
