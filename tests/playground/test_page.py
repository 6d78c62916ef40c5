"""The page shows what the bot writes by itself, and takes what a viewer does meanwhile."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any
from urllib.parse import urldefrag

import aiohttp
import simcord

from playground.club import Club, open_club
from playground.member import ask, press
from playground.page import open_page
from tests.engine.process import ROOT

JOKES = ROOT / "data" / "jokes.jsonl"


class Viewer:
    """A browser's tab: it opens the page once, then reads its state and acts on the state that it has read."""

    def __init__(self, session: aiohttp.ClientSession, preview: simcord.Preview) -> None:
        self._session = session
        self.address, self._capability = urldefrag(preview.url)
        self._headers = {"X-Simcord-Capability": self._capability}
        self._seen: dict[str, Any] = {}
        self._sequences = count(1)

    async def open(self, viewer_id: int) -> None:
        body = {"viewer_id": str(viewer_id)}
        async with self._session.post(f"{self.address}api/pages", json=body, headers=self._headers) as answer:
            assert answer.status == 200, await answer.text()
            self._headers["X-Simcord-Context"] = (await answer.json())["context"]["id"]
        await self.read()

    async def read(self) -> str:
        """All that the page shows now."""
        async with self._session.get(f"{self.address}api/state", headers=self._headers) as answer:
            text = await answer.text()
        self._seen = json.loads(text)
        return text

    async def act(self, kind: str, **what: object) -> dict[str, Any]:
        """Do something on the page as it was last read."""
        sequence = next(self._sequences)
        envelope = {
            "protocol_version": 3,
            "sequence": sequence,
            "request_id": f"request-{sequence}",
            "generation": self._seen["context"]["generation"],
            "bot_generation": self._seen["botGeneration"],
            "published_revision": self._seen["publishedRevision"],
        }
        body = {**envelope, "kind": kind, **what}
        async with self._session.post(f"{self.address}api/action", json=body, headers=self._headers) as answer:
            receipt: dict[str, Any] = await answer.json()
            return receipt

    async def file(self, path: str) -> str:
        async with self._session.get(f"{self.address}{path}") as answer:
            assert answer.status == 200
            return await answer.text()


@asynccontextmanager
async def viewed(engine_url: str) -> AsyncIterator[tuple[Club, simcord.Preview, Viewer]]:
    """A club, its page, and the admin's tab."""
    async with (
        open_club(engine_url) as club,
        open_page(club, 0) as preview,
        aiohttp.ClientSession() as session,
    ):
        tab = Viewer(session, preview)
        await tab.open(club.admin.id)
        yield club, preview, tab


async def test_a_job_that_moves_is_seen_moving(engine_url: str) -> None:
    async with viewed(engine_url) as (club, _, tab):
        file = (JOKES.name, await asyncio.to_thread(JOKES.read_bytes))
        await ask(club.admin, club.channel, "dataset upload", file=file)
        quote = await ask(club.admin, club.channel, "finetune launch", dataset="jokes")
        await press(club.admin, quote, "Launch")
        assert "Job 1: training" not in await tab.read()
        async with asyncio.timeout(20):
            while "Job 1: training" not in await tab.read():  # noqa: ASYNC110  # a browser asks again and again, too
                await asyncio.sleep(0.05)
        await club.app.job_control.cancel(club.admin.guild.id, 1)


async def test_what_is_done_on_a_page_that_has_changed_meanwhile_is_done(engine_url: str) -> None:
    async with viewed(engine_url) as (_, preview, tab):
        for number in range(3):
            await preview.refresh()
            receipt = await tab.act("send_message", content=f"Hello {number}")
            assert (receipt["rejected"], receipt["settlement"]) == (False, "settled")
        shown = await tab.read()
        assert all(f"Hello {number}" in shown for number in range(3))


async def test_it_has_our_name_our_face_and_the_names_of_people(engine_url: str) -> None:
    async with viewed(engine_url) as (club, preview, tab):
        assert "<title>Punchline playground</title>" in await tab.file("")
        assert "focusin" in await tab.file("punchline.js")
        await club.admin.slash(club.channel, "models use", model="base")
        await club.admin.slash(club.channel, "models list")
        await preview.refresh()
        shown = await tab.read()
        assert '"label": "@Ada (admin)"' in shown
        (bot,) = json.loads(shown)["entities"]["applications"].values()
        assert (bot["avatar_kind"], bot["avatar_available"]) == ("custom", True)


async def test_the_admin_may_train_and_the_members_may_laugh(engine_url: str) -> None:
    async with open_club(engine_url) as club:
        for_members = set(club.members[0].available_commands(club.channel))
        assert {"joke", "slogan", "similarity compare"} <= for_members
        assert "finetune launch" not in for_members
        assert "finetune launch" in club.admin.available_commands(club.channel)
