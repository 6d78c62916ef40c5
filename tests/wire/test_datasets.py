"""Large datasets on their way through real sockets."""

import hashlib
import json
import sqlite3
from pathlib import Path

import pytest

from tests.wire.conftest import BotFactory
from tests.wire.gateway import LoopbackDiscord
from tests.wire.model_server import FakeModelServer
from tests.wire.shapes import MANAGE_GUILD, Upload

pytestmark = pytest.mark.soak

ANSWER = "word " * 250 + "Haha"


def _line(number: int) -> str:
    turns = [{"role": "user", "content": f"Scenario {number}"}, {"role": "assistant", "content": ANSWER}]
    return json.dumps({"messages": turns}) + "\n"


async def test_a_file_too_large_to_hold_is_streamed_checked_and_kept(
    discord: LoopbackDiscord, models: FakeModelServer, start_bot: BotFactory, tmp_path: Path
) -> None:
    content = "".join(map(_line, range(10_000))).encode()
    assert len(content) > 12_000_000
    async with start_bot(models.url) as bot:
        await bot.bringing(discord.ready())
        options = {"file": Upload("large.jsonl", content)}
        upload = await discord.command("dataset upload", options, permissions=MANAGE_GUILD)
        assert (await upload.answered).message["embeds"][0]["title"] == "Saved “large”"
    with sqlite3.connect(tmp_path / "bot.db") as database:
        ((examples, sha256),) = database.execute("SELECT examples, sha256 FROM datasets").fetchall()
    database.close()
    assert (examples, sha256) == (10_000, hashlib.sha256(content).hexdigest())
    assert (tmp_path / "bot.files" / f"{sha256}.jsonl").read_bytes() == content
