"""The page: simcord's view of the club, kept live while the tracker edits messages."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import simcord

from bot.store.outbox import DELIVERED_TOPIC
from playground.club import Club

RETRY_SECONDS = 0.05
WELCOME = """\
Welcome to the **Comedy Club**. Type `/` to see what Punchline can do here:
1. `/joke` with a scenario such as *A man walking across the road*, then vote. Ben and Cleo have votes too: choose them above.
2. As Ada, `/dataset upload` the file data/jokes.jsonl, then `/finetune launch` on it and press *Launch*.
3. Watch it train, and ask for the same `/joke` again. Or try `/slogan`, `/similarity compare` and `/models list`."""


@asynccontextmanager
async def open_page(club: Club, port: int) -> AsyncIterator[simcord.Preview]:
    """Serve the page until the exit. Raises `simcord.SetupError` where the port is taken."""
    viewers = (club.admin, *club.members)
    await club.admin.send(club.channel, WELCOME)
    async with club.env.preview(club.channel, viewers=viewers, layout="channel", port=port) as preview:
        delivered = club.app.database.subscribe(DELIVERED_TOPIC)
        following = asyncio.create_task(_follow(preview, delivered), name="page")
        try:
            yield preview
        finally:
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following


async def _follow(preview: simcord.Preview, delivered: asyncio.Event) -> None:
    """The page shows by itself what its own actions do; what the outbox delivers needs a refresh."""
    while True:
        await delivered.wait()
        delivered.clear()
        try:
            await preview.refresh()
        except (simcord.SetupError, TimeoutError):  # a viewer's action is under way
            await asyncio.sleep(RETRY_SECONDS)
            delivered.set()
