"""This machine's clock beside those of Discord and the model server, as the `Date` of their answers tells them."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp

from bot.checks.finding import Finding
from bot.clock import Clock
from bot.texts import checks as texts

# Discord's tokens for answers are dated, and so are webhooks; a second is lost in `Date`, which has no fractions.
MAX_DRIFT_SECONDS = 5.0
SECONDS = 10.0


async def clocks(addresses: Mapping[str, str], clock: Clock) -> Finding:
    """Ask each address by the name of who is there, all at once."""
    asked = await asyncio.gather(*(_ahead(address, clock) for address in addresses.values()))
    ahead = {name: seconds for name, seconds in zip(addresses, asked, strict=True) if seconds is not None}
    wrong = {name: seconds for name, seconds in ahead.items() if abs(seconds) > MAX_DRIFT_SECONDS}
    if wrong:
        return Finding("Clock", False, texts.CLOCK_WRONG.format(how=", ".join(_how(*one) for one in wrong.items())))
    if not ahead:
        return Finding("Clock", True, texts.CLOCK_UNKNOWN)
    return Finding("Clock", True, texts.CLOCK.format(seconds=MAX_DRIFT_SECONDS, names=" and ".join(ahead)))


def _how(name: str, seconds: float) -> str:
    return (texts.AHEAD if seconds > 0 else texts.BEHIND).format(seconds=abs(seconds), name=name)


async def _ahead(address: str, clock: Clock) -> float | None:
    """By how many seconds this clock is ahead of theirs; None where they give no time. Any answer will do, a refusal too."""
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as session:
            before = clock()
            async with session.head(address) as answer:
                theirs = _moment(answer.headers.get("Date"))
                middle = before + (clock() - before) / 2
    except (aiohttp.ClientError, OSError, TimeoutError):
        return None
    return (middle - theirs).total_seconds() if theirs else None


def _moment(date: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(date or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
