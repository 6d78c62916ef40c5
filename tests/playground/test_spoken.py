"""The demo's last chapter, which is told where the model server transcribes."""

import pytest

from playground import chapters
from playground.club import open_club
from tests.wire.model_answers import HEARD, PUN
from tests.wire.model_server import FakeModelServer


async def test_the_shipped_recording_is_heard_and_joked_about(capsys: pytest.CaptureFixture[str]) -> None:
    async with FakeModelServer("gpt-6-luna", "text-embedding-3-small", "whisper-base") as server:
        async with open_club(server.url) as club:
            await chapters.spoken(club)
        (sent,) = server.calls("transcriptions")
    assert [(file.filename, file.data) for file in sent.files] == [("voice.ogg", chapters.RECORDING.read_bytes())]
    told = capsys.readouterr().out
    assert "> /joke voice:voice.ogg" in told
    assert f"    > {HEARD}" in told.splitlines()
    assert f"    {PUN}" in told.splitlines()
