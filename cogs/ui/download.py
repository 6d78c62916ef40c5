"""Files that members attach, saved without holding large ones in memory."""

import asyncio
from pathlib import Path

import aiohttp
import discord

from bot.errors import InvalidInputError

HELD = 10 * 1024 * 1024  # bytes; discord.py holds what it downloads, more than this is streamed
CHUNK = 1024 * 1024
LOST = "The file could not be fetched from Discord. Upload it again."


async def save(attachment: discord.Attachment, path: Path) -> None:
    """Save an attachment. Raises `InvalidInputError` where Discord does not hand it out, or in another size than it said."""
    try:
        if attachment.size <= HELD:
            await asyncio.to_thread(path.write_bytes, await attachment.read())
        elif await _stream(attachment.url, path) != attachment.size:
            raise InvalidInputError(LOST)
    except (discord.HTTPException, aiohttp.ClientError, TimeoutError) as error:
        raise InvalidInputError(LOST) from error


async def _stream(url: str, path: Path) -> int:
    size = 0
    file = await asyncio.to_thread(path.open, "wb")
    try:
        async with aiohttp.ClientSession(raise_for_status=True) as session, session.get(url) as answer:
            async for chunk in answer.content.iter_chunked(CHUNK):
                size += await asyncio.to_thread(file.write, chunk)
    finally:
        await asyncio.to_thread(file.close)
    return size
