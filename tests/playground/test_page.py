"""The page shows what the tracker edits, without anybody touching it."""

import asyncio
from urllib.parse import urldefrag

import aiohttp
import simcord

from playground.club import open_club
from playground.member import ask, press
from playground.page import open_page
from tests.engine.process import ROOT

JOKES = ROOT / "data" / "jokes.jsonl"


class Viewer:
    """A browser's tab: it opens the page once and then only reads its state."""

    def __init__(self, session: aiohttp.ClientSession, preview: simcord.Preview) -> None:
        self._session = session
        self._address, self._capability = urldefrag(preview.url)
        self._context = ""

    async def open(self, viewer_id: int) -> None:
        headers = {"X-Simcord-Capability": self._capability}
        body = {"viewer_id": str(viewer_id)}
        async with self._session.post(f"{self._address}api/pages", json=body, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            self._context = (await answer.json())["context"]["id"]

    async def text(self) -> str:
        headers = {"X-Simcord-Capability": self._capability, "X-Simcord-Context": self._context}
        async with self._session.get(f"{self._address}api/state", headers=headers) as answer:
            return await answer.text()


async def test_a_job_that_moves_is_seen_moving(engine_url: str) -> None:
    async with open_club(engine_url) as club, open_page(club, 0) as preview, aiohttp.ClientSession() as session:
        file = (JOKES.name, await asyncio.to_thread(JOKES.read_bytes))
        await ask(club.admin, club.channel, "dataset upload", file=file)
        quote = await ask(club.admin, club.channel, "finetune launch", dataset="jokes")
        tab = Viewer(session, preview)
        await tab.open(club.members[0].id)
        await press(club.admin, quote, "Launch")
        assert "Job 1: training" not in await tab.text()
        async with asyncio.timeout(20):
            while "Job 1: training" not in await tab.text():  # noqa: ASYNC110  # a browser asks again and again, too
                await asyncio.sleep(0.05)
        await club.app.job_control.cancel(club.admin.guild.id, 1)


async def test_the_admin_may_train_and_the_members_may_laugh(engine_url: str) -> None:
    async with open_club(engine_url) as club:
        for_members = set(club.members[0].available_commands(club.channel))
        assert {"joke", "slogan", "similarity compare"} <= for_members
        assert "finetune launch" not in for_members
        assert "finetune launch" in club.admin.available_commands(club.channel)
