"""What a transcript costs: reserved by the recording's length before it is sent, and settled by what the server counted."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.errors import LimitError, ModelServerError
from bot.request import Request, begin_request
from bot.settings import Settings
from bot.store.limits import Limits
from tests.bot.parts import ADMIN, CHANNEL, GUILD, MEMBER, settings_for
from tests.recordings import recording
from tests.wire import replies
from tests.wire.model_server import FakeModelServer

PRICES = """
source = "a test"
date = 2026-11-20
[training]
[chat]
[transcription]
"gpt-4o-mini-transcribe" = 0.003
"whisper-1" = 0.006
"""
A_SECOND = 50_000  # billionths of a dollar: 0.003 dollars a minute
REQUEST = Request(
    1, GUILD, CHANNEL, None, MEMBER, frozenset(), manager=False, command="joke", locale="en-US", guild_locale=None
)


@pytest.fixture
def settings(tmp_path: Path, server: FakeModelServer) -> Settings:
    """With a price list of the operator's own, which counts on a private address, too."""
    (tmp_path / "prices.toml").write_text(PRICES, "utf-8")
    server.models["gpt-4o-mini-transcribe"] = server.models["whisper-1"] = {}
    return settings_for(tmp_path, server.url, prices_file=tmp_path / "prices.toml", request_timeout=0.3)


async def hear(app: App, seconds: float = 10) -> str:
    return (await app.voice.transcribe(GUILD, MEMBER, recording("wav", seconds), None, characters=300)).text


async def only_row(app: App) -> dict[str, Any]:
    (row,) = await app.database.fetch_all("SELECT * FROM usage")
    return dict(row)


async def test_a_server_that_counts_tokens_is_paid_by_the_recordings_length(app: App) -> None:
    await hear(app)
    row = await only_row(app)
    assert (row["kind"], row["outcome"], row["cost_nanodollars"]) == ("transcription", "answered", 10 * A_SECOND)
    assert (row["prompt_tokens"], row["completion_tokens"], row["priced_on"]) == (25, 8, "2026-11-20")


async def test_a_server_that_counts_seconds_is_paid_by_them(app: App, server: FakeModelServer) -> None:
    server.script("transcriptions", replies.ok({"text": "A", "usage": {"type": "duration", "seconds": 7}}))
    await hear(app)
    assert (await only_row(app))["cost_nanodollars"] == 7 * A_SECOND


async def test_the_row_is_there_before_the_request_and_stays_where_nobody_knows_what_happened(
    app: App, server: FakeModelServer
) -> None:
    server.script("transcriptions", replies.reset())
    with pytest.raises(ModelServerError):
        await hear(app, 9.5)
    row = await only_row(app)
    assert (row["outcome"], row["cost_nanodollars"]) == ("unknown", 10 * A_SECOND), "begun seconds are reserved"


async def test_a_budget_that_a_recording_might_break_refuses_it_before_it_is_sent(
    app: App, server: FakeModelServer
) -> None:
    begin_request(REQUEST)
    await app.limits.set(GUILD, ADMIN, "member", None, Limits(daily_nanodollars=15 * A_SECOND))
    await hear(app)
    begin_request(replace(REQUEST, id=2))
    with pytest.raises(LimitError, match="This may cost more than what is left"):
        await hear(app)
    assert len(server.calls("transcriptions")) == 1
