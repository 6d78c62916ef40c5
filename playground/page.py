"""The page: simcord's view of the club, kept live while the bot writes by itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import simcord
from simcord.backend.cdn import CDN_BASE

from bot.store.outbox import DELIVERED_TOPIC
from playground.club import FACE, Club
from playground.page_server import PageServer

RETRY_SECONDS = 0.05
PICTURE = Path(__file__).parents[1] / "data" / "punchline.png"
WELCOME = """\
Welcome to the **Comedy Club**. Try this:
1. Type `/joke` and press Enter. Choose `scenario`, type `A man walking across the road` and press Enter. Then vote 😂 or 😐.
2. Choose *Ada (admin)* under *Viewing as*. Type `/dataset upload`, press Enter, and choose the file `data/jokes.jsonl`. Press *Train on this*, then *Launch*.
3. Watch it train. The report has a button that tells a joke with the new model.
`/slogan`, `/similarity compare` and `/similarity map` are worth a look, too."""


@asynccontextmanager
async def open_page(club: Club, port: int) -> AsyncIterator[simcord.Preview]:
    """Serve the page until the exit. Raises `simcord.SetupError` where the port is taken."""
    await club.admin.send(club.channel, WELCOME)
    address = f"{CDN_BASE}/avatars/{club.env.backend.bot_user.id}/{FACE}.png"
    face = {address: (PICTURE.name, await asyncio.to_thread(PICTURE.read_bytes))}
    preview = club.env.preview(club.channel, viewers=(*club.members, club.admin), layout="channel", assets=face)
    server = PageServer(preview, port)
    preview._server = server
    async with preview:
        delivered = club.app.database.subscribe(DELIVERED_TOPIC)
        following = asyncio.create_task(_follow(preview, server.turns, delivered), name="page")
        try:
            yield preview
        finally:
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following


async def _follow(preview: simcord.Preview, turns: asyncio.Lock, delivered: asyncio.Event) -> None:
    """The page shows by itself what its own actions do; what the outbox delivers needs a refresh."""
    while True:
        await delivered.wait()
        delivered.clear()
        try:
            async with turns:
                await preview.refresh()
        except (simcord.SetupError, TimeoutError):  # somebody else drives the simulation just now
            await asyncio.sleep(RETRY_SECONDS)
            delivered.set()
